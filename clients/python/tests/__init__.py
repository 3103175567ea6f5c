"""The tests of inference_client: against the server at INFERENCE_URL, which has the models word-count, slow-echo and script."""

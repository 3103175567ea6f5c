# Runs the file run.sh of the input, in this process: it is that script which gets the signals.
. "$INPUT_DIR/run.sh"

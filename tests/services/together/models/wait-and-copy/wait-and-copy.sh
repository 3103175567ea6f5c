# Waits as many seconds as the file "seconds" of the input says, then copies the input to the output.
set -e
if [ -e "$INPUT_DIR/seconds" ]; then sleep "$(cat "$INPUT_DIR/seconds")"; fi
cp -R "$INPUT_DIR/." "$OUTPUT_DIR"

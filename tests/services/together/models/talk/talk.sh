# Prints the time as many times as the file "lines" of the input says, one second apart.
set -e
for line in $(seq "$(cat "$INPUT_DIR/lines")"); do
  sleep 1
  date +%s%N
done
echo over > "$OUTPUT_DIR/over.txt"

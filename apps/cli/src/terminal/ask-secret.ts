import type { ReadStream, WriteStream } from 'node:tty';

const CHARS_MAX = 4_096;
const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f'];

/** Asks for something that nobody is to see: what is typed is not shown. Null for who gives up with Ctrl-C. */
export async function askSecret(question: string, stdin: ReadStream, stderr: WriteStream): Promise<string | null> {
  // Before the question: who answers it at once must not see the answer either.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding('utf8');
  try {
    let text = '';
    for await (const piece of stdin.iterator({ destroyOnReturn: false })) {
      for (const char of String(piece)) {
        if (char === CTRL_C) return null;
        if (char === '\r' || char === '\n' || char === CTRL_D) return text;
        if (char === BACKSPACE || char === DELETE) text = text.slice(0, -1);
        else if (text.length < CHARS_MAX) text += char;
      }
    }
    return text;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/**
 * Speech that can be counted: a frame whose first samples are 31000, −31000, 31000 says the number in its fourth.
 * Six bytes are eight characters of base64, so nothing need be decoded to find it, where frames are a multiple of
 * three bytes long.
 */
const mark = Buffer.from(Int16Array.of(31_000, -31_000, 31_000).buffer).toString('base64');

/** The numbers said in a piece of audio, in order. */
export function numbersIn(base64: string): number[] {
  const numbers: number[] = [];
  for (let at = base64.indexOf(mark); at !== -1; at = base64.indexOf(mark, at + mark.length)) {
    const number = Buffer.from(base64.slice(at + mark.length, at + mark.length + 4), 'base64');
    if (number.length >= 2) numbers.push(number.readInt16LE());
  }
  return numbers;
}

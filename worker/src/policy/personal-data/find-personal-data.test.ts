import { describe, expect, it } from 'vitest';
import { findPersonalData, masked } from './find-personal-data.ts';

const found = (text: string) =>
  findPersonalData(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

describe('personal data', () => {
  it.each([
    ['my card is 4111 1111 1111 1111 thanks', 'CARD 4111 1111 1111 1111'],
    ['card number 4111, um, 1111, uh, 1111, and 1111.', 'CARD 4111, um, 1111, uh, 1111, and 1111'],
    ['card 4111 dash 1111 dash 1111 dash 1111', 'CARD 4111 dash 1111 dash 1111 dash 1111'],
    ['the card is **4111** **1111** **1111** **1111**', 'CARD 4111** **1111** **1111** **1111'],
    ['card 4111:1111:1111:1111', 'CARD 4111:1111:1111:1111'],
    ['card 4111_1111|1111*1111', 'CARD 4111_1111|1111*1111'],
    ['my social is 123 dash 45 dash 6789.', 'SSN 123 dash 45 dash 6789'],
    ['call me at 555 um 867 5309', 'PHONE 555 um 867 5309'],
    [
      'my card is four one one one one one one one one one one one one one one one',
      'CARD four one one one one one one one one one one one one one one one',
    ],
    [
      'it is four five four five, oh one double two, dash three four uh five seven. okay',
      'PHONE four five four five, oh one double two, dash three four uh five seven',
    ],
    ['call me at five five five oh one nine eight', 'PHONE five five five oh one nine eight'],
    [
      'my number is double five six oh seven one two three four',
      'PHONE double five six oh seven one two three four',
    ],
    ['reach me on +44 7700 900 123 please', 'PHONE +44 7700 900 123'],
    ['it is john dot smith at gmail dot com', 'EMAIL john dot smith at gmail dot com'],
    ['j o h n s m i t h four two at yahoo dot com', 'EMAIL j o h n s m i t h four two at yahoo dot com'],
    ['write to ann.lee+x@mail.example.org today', 'EMAIL ann.lee+x@mail.example.org'],
    ["Here's my SSN: 460-89-9847", 'SSN 460-89-9847'],
    [
      'my social is one two three four five six seven eight nine',
      'SSN one two three four five six seven eight nine',
    ],
    ['pay to GB82 WEST 1234 5698 7654 32 now', 'IBAN GB82 WEST 1234 5698 7654 32'],
    ['from 36.160.14.148 yesterday', 'IP 36.160.14.148'],
    ['I was born on the fourth of july nineteen eighty', 'DATE_OF_BIRTH fourth of july nineteen eighty'],
    ['date of birth: 7/14/1995', 'DATE_OF_BIRTH 7/14/1995'],
    ['I live at twelve oak street', 'ADDRESS twelve oak street'],
    ['ship it to 385 Gemsbok St please', 'ADDRESS 385 Gemsbok St'],
    ['my name is J O H N', 'PERSON J O H N'],
    ['my last name is J as in Juliet O as in Oscar', 'PERSON J as in Juliet O as in Oscar'],
    ['hi this is sarah from acme corporation', 'PERSON sarah'],
    ['please ask rajesh schmidt to call', 'PERSON rajesh schmidt'],
    ['Is Mary there?', 'PERSON Mary'],
    [
      's s n one two three dash four five dash six seven eight nine',
      'SSN one two three dash four five dash six seven eight nine',
    ],
    ['my visa ending in four two four two', 'CARD four two four two'],
    ['the last four of my social are one two three four', 'SSN one two three four'],
    ['it is one twenty seven dot zero dot zero dot one', 'IP one twenty seven dot zero dot zero dot one'],
    [
      'my dob is zero three slash zero five slash nineteen eighty four',
      'DATE_OF_BIRTH zero three slash zero five slash nineteen eighty four',
    ],
    ['call +1 (415) 555‑2671 ext. 12', 'PHONE +1 (415) 555‑2671 ext. 12'],
    ['my card is ４１１１ １１１１ １１１１ １１１１', 'CARD ４１１１ １１１１ １１１１ １１１１'],
    ['my card is 4111\u200b1111\u200b1111\u200b1111', 'CARD 4111\u200b1111\u200b1111\u200b1111'],
    ['4111–1111–1111–1111 is it', 'CARD 4111–1111–1111–1111'],
    ['my passport number is A B one two three four five', 'LICENCE A B one two three four five'],
    ['p.o. box 1234, austin tx 78701', 'ADDRESS p.o. box 1234, austin tx 78701'],
  ])('in %j is found', (text, span) => {
    expect(found(text)).toEqual([span]);
  });

  it.each([
    'my order number is 4111111112345',
    'the order is one two three four five six seven eight',
    'tracking number 123456789',
    'invoice 2024-000123 over 1,250.00 euros',
    'we open at nine and close at five',
    'that is twenty five dollars and ninety nine cents',
    'version 1.2.3 of 2024-01-31 12:30:00',
    'it was 2019 then 2020 and 2021, or 20 dash 30',
    'call us between 10:30 and 12:45, 13:30 and 18:00',
    'meet me at the corner dot',
    'George Washington Bridge is closed',
    'We work with Ernst & Young in Paris',
    'I bought a Ford in Austin',
    'i hope the bill is right',
    'confirmation code is A B C one two three four five six seven',
    'flight BA 2490 at 10:45 on 12/05/2024',
    'you have 4155552671 points',
    'from San Francisco to Los Angeles, by Lake Victoria',
    'member number one two three four five six seven',
    'are any meeting rooms open between 9 and 10',
    'a hotel room for 7 people in boston',
    "You promised no fees but now I've got one",
    'Is the wifi free at the Alexander Bed and Breakfast?',
    '',
  ])('is none in %j', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('is masked, and the rest stays as it is', () => {
    expect(masked('Call 618-226-1460, or write to a@b.com!')).toBe(
      'Call [phone number], or write to [email address]!',
    );
    expect(masked('My name is Anna Lee', ['PHONE'])).toBe('My name is Anna Lee');
  });

  it.each([
    '1 2 3 4 5 6 7 8 ',
    'a@',
    'at gmail dot ',
    '12 Oak ',
    'John ',
    'a.',
    '1:',
    'GB82 WEST ',
    'born 1 ',
    'one ',
  ])('is looked for in 200 KB of %j without end to be feared', (piece) => {
    // What is not linear takes minutes here, and the test ends by its time limit.
    expect(findPersonalData(piece.repeat(Math.ceil(200_000 / piece.length))).length).toBeGreaterThanOrEqual(
      0,
    );
  });
});

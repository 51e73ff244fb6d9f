import { describe, expect, it } from 'vitest';
import { termReader } from './terms.ts';

describe('the terms of a text', () => {
  it.each([
    ['en', "So um, what's the guests' Wi-Fi password please?", 'guest wi fi password'],
    ['en', 'booked booking bookings', 'book book book'],
    ['en', 'arrive arrives arriving', 'arriv arriv arriv'],
    ['en', 'stopped stopping calls calling policy policies', 'stop stop call call polici polici'],
    ['en', 'an S.D.K. and an a p i', 'sdk api'],
    ['en', 'not never no', 'not never no'],
    ['de', 'Wann gibt es Frühstück für die Gäste?', 'fruhstuck gast'],
    ['de', 'Straße STRASSE', 'strass strass'],
    ['fr', 'Où est l’hôtel ? Les chambres d’hôtes', 'lhotel chambr dhot'],
    ['es', '¿A qué hora es el desayuno?', 'hora desayun'],
    ['tr', 'Ｆｕｌｌ width ﬁle', 'full width file'],
    ['ja', '朝食は何時', '朝食 食は は何 何時'],
    ['zh', 'Redis的租约', 'redis 的租 租约'],
    ['en', '🎉 … — \u200b', ''],
  ])('%s: %s', (language, text, terms) => {
    expect(termReader(language)(text).join(' ')).toBe(terms);
  });
});

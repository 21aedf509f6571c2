// First letters of Chinese names (林晓燕 → lxy) without a dictionary: the browser's own pinyin order says between which two of
// these characters, each the first of its letter, a character stands. Rare readings of surnames may come out under another letter.

const FIRST = [..."阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥扨它穵夕丫帀"];
const LETTERS = "abcdefghjklmnopqrstwxyz";
const order = new Intl.Collator("zh-u-co-pinyin");

function letter(character) {
  if (!/\p{Script=Han}/u.test(character)) return character.toLowerCase();
  for (let index = FIRST.length - 1; index >= 0; index -= 1) if (order.compare(character, FIRST[index]) >= 0) return LETTERS[index];
  return "";
}

export function initials(name) {
  return [...name].map(letter).join("");
}

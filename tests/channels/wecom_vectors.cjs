// The envelope of WeCom's callbacks, written from its description with nothing but node's own `crypto`: no code of ours,
// no code of the vendor. `node wecom_vectors.cjs` prints the known answers of wecom_vectors.json; `node wecom_vectors.cjs
// open` reads {key, token, receiver, stamp, nonce, sealed, signature} line by line and prints {text} or {refused}.
'use strict';
const crypto = require('crypto');

const TOKEN = 'QDG6eKxyzABC0123456789';
const KEYS = ['jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'];
const RECEIVERS = ['wx5823bf96d3bd56c7', '', 'ww0123456789abcdef0123456789abcdef'];
const LETTERS = [...'外呼管家李总王代表〇㛃😀🎉𠮷éß¥<&]>"\n\t 0aZ'];
const BLOCK = 32;

const aesKey = (key) => Buffer.from(key + '=', 'base64');

function seal({ key, text, receiver, random }) {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  const plain = Buffer.concat([random, length, bytes, Buffer.from(receiver, 'utf8')]);
  const fill = BLOCK - (plain.length % BLOCK);
  const cipher = crypto.createCipheriv('aes-256-cbc', aesKey(key), aesKey(key).subarray(0, 16));
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(fill, fill)), cipher.final()]).toString('base64');
}

function sign(token, stamp, nonce, sealed) {
  const parts = [token, stamp, nonce, sealed].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return crypto.createHash('sha1').update(parts.join('')).digest('hex');
}

function open({ key, token, receiver, stamp, nonce, sealed, signature }) {
  if (sign(token, stamp, nonce, sealed) !== signature) return { refused: 'signature' };
  const decipher = crypto.createDecipheriv('aes-256-cbc', aesKey(key), aesKey(key).subarray(0, 16));
  decipher.setAutoPadding(false);
  const filled = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64')), decipher.final()]);
  const fill = filled[filled.length - 1];
  if (fill < 1 || fill > BLOCK || !filled.subarray(-fill).every((byte) => byte === fill)) return { refused: 'padding' };
  const plain = filled.subarray(0, -fill);
  const end = 20 + plain.readUInt32BE(16);
  if (end > plain.length || plain.subarray(end).toString('utf8') !== receiver) return { refused: 'receiver' };
  return { text: plain.subarray(20, end).toString('utf8') };
}

// Exactly so many bytes of UTF-8: characters of one to four bytes, then letters to the end.
function textOf(length) {
  let text = '';
  let left = length;
  for (let at = length; left > 0; at += 7) {
    const letter = LETTERS[at % LETTERS.length];
    const size = Buffer.byteLength(letter);
    text += size <= left ? letter : 'x'.repeat(left);
    left -= Math.min(size, left);
  }
  return text;
}

function lengths() {
  const found = new Set([0, 2047, 2048]);
  for (let length = 1; length <= 99; length += 2) found.add(length);
  for (let length = 129; length <= 2048; length += 190) found.add(length); // 190: odd ones, at every place in a block
  for (const edge of [10, 11, 12, 13, 14, 26, 42, 58, 74]) found.add(edge); // about a full block with each receiver
  return [...found].sort((a, b) => a - b);
}

if (process.argv[2] === 'open') {
  const lines = require('fs').readFileSync(0, 'utf8').split('\n').filter(Boolean);
  for (const line of lines) console.log(JSON.stringify(open(JSON.parse(line))));
} else {
  const vectors = lengths().map((length, number) => {
    const [key, receiver] = [KEYS[number % KEYS.length], RECEIVERS[number % RECEIVERS.length]];
    const random = crypto.createHash('sha256').update(`random ${length}`).digest('hex').slice(0, 16);
    const [stamp, nonce] = [String(1409659813 + length), String(1372623149 * (length + 1))];
    const text = textOf(length);
    const sealed = seal({ key, text, receiver, random: Buffer.from(random, 'latin1') });
    return { key, receiver, random, stamp, nonce, text, sealed, signature: sign(TOKEN, stamp, nonce, sealed) };
  });
  console.log(JSON.stringify({ token: TOKEN, vectors }, null, 1));
}

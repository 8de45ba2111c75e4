/* How well do typed letters fit a name? ynMatch.score("gd", ynMatch.read("工单", "Tickets")) → a number, 0 for not at all.
   They may stand in the name, begin its words, be the pinyin initials of its Chinese characters (gd 工单), stand in
   its English name, or be scattered over it in order. The browser knows the order of pinyin: no table is needed but
   for characters with two readings. */
window.ynMatch = (() => {
  const LETTERS = "abcdefghjklmnopqrstwxyz", FIRST = [..."阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀"];
  const READ = { 重: "c", 长: "c", 長: "c", 调: "d", 調: "d", 行: "h", 还: "h", 還: "h", 系: "x", 单: "d", 單: "d" };
  const order = new Intl.Collator("zh-Hans-u-co-pinyin");

  function initial(character) {
    if (READ[character]) return READ[character];
    if (!/[\u3400-\u9fff]/.test(character)) return character;
    const at = FIRST.findLastIndex((first) => order.compare(first, character) <= 0);
    return at < 0 ? "" : LETTERS[at];
  }

  const plain = (text) => text.toLocaleLowerCase().replace(/\s+/g, " ").trim();
  const initials = (text) => [...plain(text)].map(initial).join("");
  const heads = (text) => text.split(/[\s:·,/-]+/).map((word) => word[0] ?? "").join("");

  function read(name, also = "") {
    const text = plain(name), english = plain(also);
    return { text, english, letters: initials(name), heads: heads(text) + " " + heads(english) };
  }

  function scattered(word, text) {
    let at = -1, gaps = 0;
    for (const letter of word) {
      const next = text.indexOf(letter, at + 1);
      if (next < 0) return 0;
      gaps += at < 0 ? 0 : next - at - 1;
      at = next;
    }
    return gaps > word.length * 3 ? 0 : 20 - Math.min(15, gaps);
  }

  function one(word, it) {
    const at = it.text.indexOf(word);
    if (at === 0) return 100;
    if (at > 0) return /[\s:·,/-]/.test(it.text[at - 1]) || /[\u3400-\u9fff]/.test(word) ? 90 : 60;
    if (it.letters.startsWith(word)) return 85;
    if (it.english.startsWith(word)) return 80;
    if (it.letters.includes(word)) return 65;
    if (it.english.includes(word)) return 50;
    if (word.length > 1 && it.heads.includes(word)) return 45;
    return word.length > 2 ? Math.max(scattered(word, it.text), scattered(word, it.english)) : 0;
  }

  function score(typed, it) {
    const scores = plain(typed).split(" ").filter(Boolean).map((word) => one(word, it));
    return scores.includes(0) ? 0 : scores.reduce((sum, each) => sum + each, 1) / Math.max(1, scores.length);
  }

  return { read, score };
})();

// What `benches/typing/run` measures: node typing.cjs CHROMIUM URL TOKEN [WORD...]
const { chromium } = require('playwright-core');

const [executablePath, url, token, ...asked] = process.argv.slice(2);
const WORDS = asked.length ? asked : ['nobodyhere', 'person777123', 'zo', 'priya', 'greta', 'iara costa', 'tanaka'];
/** How often each word is typed, and milliseconds between two keys: a quick typist's. */
const TIMES = 5, BETWEEN = 120;

// In the page. A frame is painted when a task that was posted in its animation callback runs.
function watch() {
  const seen = window.seen = {};
  const fetchOf = window.fetch;
  window.fetch = async (...of) => {
    seen.sent = performance.now();
    const answer = await fetchOf(...of), textOf = answer.text.bind(answer);
    seen.answered = performance.now();
    answer.text = async () => { const text = await textOf(); seen.read = performance.now(); seen.size = text.length; return text; };
    return answer;
  };
  addEventListener('input', e => { if (e.target.id === 'q') seen.key = e.timeStamp; }, true);
  new MutationObserver(() => {
    seen.put ??= performance.now();
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => { seen.painted ??= performance.now(); };
      after.port2.postMessage(0);
    });
  }).observe(document.getElementById('results'), { childList: true });
}

const median = (of) => of.sort((a, b) => a - b)[of.length >> 1];

async function main() {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies([{ name: 'roster', value: token, url }]);
  const page = await context.newPage();
  await page.goto(`${url}/users`);
  await page.evaluate(watch);
  console.log('| typed | painted after | of it until the answer | until it is read | until it is in the page | kB |\n|---|---|---|---|---|---|');
  for (const word of WORDS) {
    const runs = [];
    for (let time = 0; time < TIMES; time += 1) {
      await page.fill('#q', '');
      await page.waitForTimeout(500);
      await page.focus('#q');
      const keys = [...word], last = keys.pop();
      for (const key of keys) {
        await page.keyboard.type(key);
        await page.waitForTimeout(BETWEEN);
      }
      await page.evaluate(() => { for (const name of Object.keys(window.seen)) delete window.seen[name]; });
      await page.keyboard.type(last);
      await page.waitForFunction(() => window.seen.painted, null, { timeout: 20000 });
      runs.push(await page.evaluate(() => ({ ...window.seen })));
    }
    const after = (name) => `${median(runs.map((run) => run[name] - run.key)).toFixed(0)} ms`;
    const size = (median(runs.map((run) => run.size)) / 1000).toFixed(0);
    console.log(`| \`${word}\` | ${after('painted')} | ${['answered', 'read', 'put'].map(after).join(' | ')} | ${size} |`);
  }
  await browser.close();
}

main().catch((error) => { console.error(error); process.exit(1); });

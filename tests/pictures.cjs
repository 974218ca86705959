// Takes the pictures that `tests/pictures` asks for: node pictures.cjs URL SAMPLES FOLDER CHROMIUM
const { chromium } = require('playwright-core');
const fs = require('node:fs');
const path = require('node:path');

const [url, samples, folder, executablePath] = process.argv.slice(2);
const PASSWORD = 'harbour lantern seven oaks';
const WIDTHS = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

// Who looks, and at what: the first person of each organization sees everything there.
const VISITOR = ['/sign-in', '/password-reset', '/nowhere'];
const PLACES = ['/users', '/users?status=invited', '/users?q=nobody', '/users/new', '/invitations', '/invitations/new',
  '/teams', '/teams?q=nobody', '/teams/new', '/projects', '/projects?q=nobody', '/projects/new', '/roles', '/roles/new',
  '/role-templates/new', '/resources', '/resources?q=nobody', '/access',
  '/sessions', '/sessions?q=nobody', '/login-attempts', '/login-attempts?q=nobody', '/audit', '/audit?q=nobody', '/profile',
  '/profile/sessions', '/profile/sessions/end-others', '/leave', '/organizations', '/nowhere'];
const PEOPLE = ['mara.lindqvist@halden.example', 'amelia.clarke@brightwater.example', 'sven.aaltonen@northlight.example',
  'ruth.okonjo@castellan.example', 'agnes.varga@meridian.example'];

const named = (address) => address.replace(/^\//, '').replace(/[^a-z0-9]+/gi, '-').replace(/-$/, '') || 'start';

async function main() {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  let taken = 0;
  const wrong = [];
  for (const colorScheme of ['light', 'dark']) {
    for (const [width, viewport] of Object.entries(WIDTHS)) {
      const look = async (context, address, name) => {
        const page = await context.newPage();
        const answer = await page.goto(address);
        if (answer && answer.status() >= 500) wrong.push(`${address}: ${answer.status()}`);
        const overflows = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth + 1);
        if (overflows) wrong.push(`${name} ${width} ${colorScheme}: wider than the window`);
        await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        await page.close();
        taken += 1;
      };
      const fresh = () => browser.newContext({ viewport, colorScheme, deviceScaleFactor: width === 'narrow' ? 2 : 1 });
      let context = await fresh();
      for (const address of VISITOR) await look(context, url + address, named(address));
      for (const sample of fs.readdirSync(samples).filter((file) => file.endsWith('.html'))) {
        // A sample is served by its own address, so that its style comes from the server.
        const body = fs.readFileSync(path.join(samples, sample));
        const address = `${url}/sample/${sample}`;
        await context.route(address, (route) => route.fulfill({ body, contentType: 'text/html; charset=utf-8' }));
        await look(context, address, `sample-${named(sample.replace(/\.html$/, ''))}`);
      }
      await context.close();
      for (const email of PEOPLE) {
        context = await fresh();
        const page = await context.newPage();
        await page.goto(`${url}/sign-in`);
        await page.fill('[name=email]', email);
        await page.fill('[name=password]', PASSWORD);
        await page.click('main button:not([type=button])');
        await page.waitForURL((where) => !where.pathname.startsWith('/sign-in'));
        const firstOf = async (list, id) => {
          await page.goto(`${url}/${list}`);
          const links = await page.locator(`a[href^="/${list}/"]`).evaluateAll((all) => all.map((link) => link.getAttribute('href')));
          return links.filter((href) => new RegExp(`^/${list}/${id}_[a-z0-9]+$`).test(href)).pop();
        };
        const under = (first, rest) => (first ? rest.map((tail) => first + tail) : []);
        const own = under(await firstOf('users', 'mem'), ['', '/edit', '/sessions', '/login-attempts', '/audit', '/suspend', '/remove']);
        for (const [list, id] of [['teams', 'team'], ['projects', 'proj']]) {
          own.push(...under(await firstOf(list, id), ['', '?q=nobody', '/edit', '/people', '/delete']));
        }
        own.push(...under(await firstOf('resources', 'res'), ['', '/visibility', '/delete']));
        await page.close();
        const who = email.split('@')[1].split('.')[0];
        for (const address of [...PLACES, ...own]) {
          await look(context, url + address, `${who}-${named(address.replace(/(mem|team|proj|res)_[a-z0-9]+/, 'one'))}`);
        }
        await context.close();
      }
    }
  }
  await browser.close();
  console.log(`${taken} pictures in ${folder}`);
  if (wrong.length > 0) {
    console.error(wrong.join('\n'));
    process.exit(1);
  }
}

main();

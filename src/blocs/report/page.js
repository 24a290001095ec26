// Draws the figures from the cells of the tables, so that a picture shows what the table beside it says.
const OUTCOMES = [['split', 'split'], ['abstain', 'left blank'], ['other', 'other'], ['straight', 'straight']];
const STOOD = ['', 'own party only', 'other party only', 'neither party'];
const {many: MANY, least: LEAST} = document.querySelector('main').dataset;
const STYLE = JSON.parse(document.getElementById('style').textContent);
const all = (query, of = document) => [...of.querySelectorAll(query)];
const unique = values => [...new Set(values)];

// A cell as a number: "<0.1" is drawn as half of it; null for no number.
const numbers = new Map();
function value(text) {
  if (!numbers.has(text)) numbers.set(text, number(text));
  return numbers.get(text);
}

function number(text) {
  const plain = (text ?? '').trim().replace('\u2212', '-').replace('≈', '').replaceAll(',', '').trim();
  if (plain.startsWith('<')) return Number(plain.slice(1)) / 2;
  if (plain.startsWith('>')) return (100 + Number(plain.slice(1))) / 2;
  return plain === '' || Number.isNaN(Number(plain)) ? null : Number(plain);
}

// All rows of the tables of one name: the text of each cell by the key of its column, and the facts of its table.
function rowsOf(name) {
  return all('table[data-name]').filter(table => table.dataset.name === name).flatMap(table => {
    const keys = table.dataset.keys.split(' '), parsed = name => JSON.parse(table.dataset[name] ?? '{}');
    const tops = parsed('tops'), inBars = parsed('inbars');
    return [...table.tBodies[0].rows].map((row, number) => {
      const cells = Object.fromEntries(keys.map((key, i) => [key, row.cells[i].textContent]));
      return {...cells, type: table.dataset.type ?? cells.type, title: table.dataset.title, tops, inBars: inBars[number] ?? []};
    });
  });
}

const short = title => title.replace(/ \(.*/, '');

// Rows of the offices: one for each type, office and outcome, with where its bar begins and what it says.
function ofOffices(rows, state) {
  const chosen = rows.filter(row => (!state.top || row.top === state.top) && state.types.includes(row.type));
  const empty = row => OUTCOMES.every(([key]) => value(row[key]) === null);
  const blank = row => ['difference', 'interval'].includes(state.measure) ? value(row.split) === null : empty(row);
  const label = row => row.stood ? `${row.office} (${row.stood})` : row.office;
  const panel = row => row.tops[state.top] ? `${row.title}\n${state.top} voters (${row.tops[state.top]})` : row.title;
  const stood = row => STOOD.indexOf(row.stood ?? '');
  const filled = new Set(chosen.filter(row => !blank(row)).map(label));
  const listed = chosen.filter(row => state.offices.includes(row.office) && filled.has(label(row)));
  listed.sort((a, b) => stood(a) - stood(b) || state.offices.indexOf(a.office) - state.offices.indexOf(b.office));
  const offices = unique(listed.map(label));
  const rank = new Map(offices.map((office, i) => [office, i]));
  if (state.sort === 'split') {
    const sums = new Map(offices.map(office => [office, [0, 0]]));
    for (const row of chosen) {
      const sum = sums.get(label(row)), weight = value(row.voters) ?? 1;
      if (sum && value(row.split) !== null) { sum[0] += weight * value(row.split); sum[1] += weight; }
    }
    const mean = office => { const [total, n] = sums.get(office); return n ? total / n : -1; };
    offices.sort((a, b) => mean(b) - mean(a) || rank.get(a) - rank.get(b));
  }
  const drawn = chosen.filter(row => rank.has(label(row))).flatMap(row => {
    const base = {panel: panel(row), row: label(row), type: row.type, rests: row.rests ?? ''};
    if (empty(row)) {
      const few = row.rests === undefined ? `under ${LEAST} voters` : 'unknown';
      return [{...base, few, share: 0, difference: 0, start: 0, end: 0, order: 0, label: 'straight', printed: few,
               text: `${short(row.title)}, ${label(row)}: under ${LEAST} voters`}];
    }
    if (blank(row)) return [];
    const about = `${short(row.title)}, ${label(row)}`;
    const note = row.rests === 'extrapolated' ? ' (extrapolated)' : '';
    if (state.measure === 'interval') {
      const ends = numeric({share: row.split, low: row.low, high: row.high}, ['share', 'low', 'high']);
      return [{...base, few: '', ...ends, text: `${interval({...row, share: row.split}, about)} split`}];
    }
    if (state.measure === 'difference')
      return [{...base, few: '', difference: value(row.difference), text: `${about}: ${row.difference} points`}];
    let start = 0;
    return OUTCOMES.flatMap(([key, word], order) => {
      const share = value(row[key]);
      if (share === null) return [];
      const printed = row.inBars[order] ?? '';
      const one = {...base, few: '', label: word, order, share, start, end: start + share, printed, text: `${about}: ${row[key]} % ${word}${note}`};
      start += share;
      return [one];
    });
  });
  return {rows: drawn, order: offices, panels: unique(drawn.map(row => row.panel))};
}

function interval(row, name, unit = ' %') {
  const from = value(row.low) === null ? '' : ` (95 % interval ${row.low} to ${row.high})`;
  return `${name}: ${row.share}${unit}${from}`;
}

function numeric(row, keys) {
  return Object.fromEntries(keys.map(key => [key, value(row[key])]));
}

const MAKERS = {
  offices: ofOffices,
  items(rows, state) {
    const label = row => `${row.item}: ${row.outcome}`;
    const chosen = rows.filter(row => state.types.includes(row.type) && state.offices.includes(row.item));
    const drawn = chosen.filter(row => value(row.p) !== null).map(row => {
      const one = {...row, share: row.p};
      return {panel: row.title, row: label(row), type: row.type, ...numeric(one, ['share', 'low', 'high']),
              text: interval(one, `${short(row.title)}, ${label(row)}`)};
    });
    return {rows: drawn, order: unique(chosen.map(label)), panels: unique(drawn.map(row => row.panel))};
  },
  shares(rows) {
    const drawn = rows.map(row => ({row: row.type, ...numeric(row, ['share', 'low', 'high']), text: interval(row, row.type)}));
    return {rows: drawn, order: drawn.map(row => row.row)};
  },
  groups(rows, state) {
    const kinds = Object.entries(state.words.kind).filter(([k]) => k && (!state.kind || k === state.kind));
    const first = `share${kinds[0][0]}`, each = [...rows].sort((a, b) => value(b[first]) - value(a[first]));
    const some = each.length <= MANY ? each : [...each.slice(0, MANY / 2), ...each.slice(-MANY / 2)];
    const label = row => `${row.group} (${row.n})`;
    const drawn = some.flatMap(row => kinds.map(([k, panel]) => {
      const one = {share: row[`share${k}`], low: row[`low${k}`], high: row[`high${k}`]};
      return {panel, type: k, row: label(row), ...numeric(one, ['share', 'low', 'high']), text: interval(one, `${row.group}, Type ${k}`)};
    }));
    return {rows: drawn, order: some.map(label), panels: kinds.map(([, panel]) => panel), groups: each.map(row => ({share: value(row[first])}))};
  },
  criteria(rows) {
    return {rows: rows.flatMap(row => ['BIC', 'aBIC', 'AIC'].map(criterion => (
      {types: row.Classes, criterion, value: value(row[criterion]), text: `${row.Classes} types: ${criterion} ${row[criterion]}`})))};
  },
  starts(rows) {
    return {rows: rows.map(row => ({...row, ...numeric(row, ['rank', 'loglik']),
      text: `Rank ${row.rank}: log-likelihood ${row.loglik}, best optimum: ${row.best}`}))};
  },
  pairs(rows) {
    const order = unique([...rows.map(row => row.first), ...rows.map(row => row.second)]);
    const items = (document.querySelector('[data-items]')?.dataset.items ?? '').split('\n');
    const sorted = items.filter(item => order.includes(item));
    return {order: sorted.length === order.length ? sorted : order, rows: rows.map(row => (
      {first: row.first, second: row.second, row: row.first, bvr: value(row.bvr), printed: value(row.bvr)?.toFixed(1) ?? '',
       text: `${row.first} and ${row.second}: ${row.bvr}`}))};
  },
};

// What the controls of a figure say, and the same in words for its caption.
function stateOf(figure) {
  const form = figure.querySelector('form'), state = {types: [], offices: [], words: {}};
  if (!form) return [state, ''];
  const words = [];
  for (const select of all('select', form)) {
    state[select.name] = select.value;
    state.words[select.name] = Object.fromEntries([...select.options].map(option => [option.value, option.textContent]));
    words.push(select.selectedOptions[0].textContent);
  }
  for (const [name, every] of [['types', 'all types'], ['offices', 'all']]) {
    const boxes = all(`input[name=${name}]`, form), on = boxes.filter(box => box.checked);
    state[name] = on.map(box => box.value);
    if (!boxes.length) continue;
    if (on.length < boxes.length) words.push(on.map(box => box.dataset.word ?? box.value).join(', ') || 'nothing chosen');
    else if (name === 'types') words.push(every);
  }
  return [state, words.join('; ')];
}

// A chart with its data: a list of one name that begins with $ stands for the list of that name.
function filled(spec, data) {
  const name = one => Array.isArray(one) && one.length === 1 && typeof one[0] === 'string' && one[0][0] === '$' ? one[0].slice(1) : null;
  return JSON.parse(spec, (key, one) => data[name(one)] ?? one);
}

// The data of each row of panels: a figure is drawn row by row, as a page of many types is longer than the window.
function rowsOfPanels(spec, data) {
  const columns = JSON.parse(spec).layout?.columns, rows = [];
  for (let i = 0; columns && i < (data.panels?.length ?? 0); i += columns) {
    const places = new Map(data.panels.slice(i, i + columns).map((panel, place) => [panel, place]));
    rows.push({...data, rows: data.rows.filter(row => places.has(row.panel)).map(row => ({...row, place: places.get(row.panel)}))});
  }
  return rows.length ? rows : [data];
}

const views = new Map(), turns = new Map(), pause = () => new Promise(resolve => setTimeout(resolve));
// Draws what the controls say, each row of panels as a chart; between two of them the browser may show what is drawn.
async function draw(figure) {
  const turn = Symbol(), replaced = () => turns.get(figure) !== turn;
  turns.set(figure, turn);
  const [state, words] = stateOf(figure), {chart, name} = figure.dataset;
  const measure = state.measure ?? (state.kind === '' ? 'every' : 'share');
  const rows = rowsOf(name), text = figure.querySelector(`script[data-measure="${measure}"]`).textContent;
  const tops = state.top === '' ? unique(rows.map(row => row.top)) : [state.top];
  const parts = tops.map(top => MAKERS[chart](rows, {...state, top})).filter(data => tops.length === 1 || data.rows.length)
    .flatMap(data => rowsOfPanels(text, data));
  const plate = figure.querySelector('.plate').firstElementChild, title = figure.querySelector('figcaption b').textContent;
  for (const [i, data] of parts.entries()) {
    const place = document.createElement('div');
    const description = parts.length === 1 ? title : `${title} Part ${i + 1} of ${parts.length}.`;
    const spec = {...filled(text, data), description, config: STYLE};
    if (i < parts.length - 1) delete spec.legends;
    if (i) await pause();
    if (replaced()) return;
    if (i) plate.append(place);
    else {
      views.get(figure)?.forEach(view => view.finalize());
      views.set(figure, []);
      plate.replaceChildren(place);
    }
    const {view} = await vegaEmbed(place, spec, {mode: 'vega', renderer: 'svg', ast: true, actions: false});
    if (replaced()) return view.finalize();
    views.get(figure).push(view);
    view.addEventListener('click', choose);
    document.documentElement.dataset.first ??= Math.round(performance.now());
  }
  plate.parentElement.style.minHeight = '';
  const shown = figure.querySelector('.shown');
  if (shown) shown.textContent = `Shown: ${words}.`;
}

// A click on a bar or a point chooses its type in the figures of shares by group.
function choose(event, item) {
  const type = item?.datum?.type;
  if (type) for (const select of all('select[name=kind]')) if (select.value !== type) { select.value = type; draw(select.closest('figure')); }
}

function csv(name) {
  const tables = all('table[data-name]').filter(table => table.dataset.name === name), lines = [];
  const quoted = text => {
    const cell = text.replace('\u2212', '-').replace('≈ ', '');
    const safe = /^[=+@\t]/.test(cell) && value(cell) === null ? `'${cell}` : cell;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const typed = tables[0].dataset.type !== undefined;
  const line = (table, row, first) => lines.push([...(typed ? [first] : []), ...[...row.cells].map(cell => cell.textContent)].map(quoted).join(','));
  line(tables[0], tables[0].tHead.rows[0], 'Type');
  for (const table of tables) for (const row of table.tBodies[0].rows) line(table, row, table.dataset.type);
  return lines.join('\r\n') + '\r\n';
}

for (const list of all('ul[data-downloads]')) {
  for (const item of all('li', list)) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = `${item.textContent}, CSV`;
    button.addEventListener('click', () => {
      const link = document.createElement('a'), name = item.dataset.of;
      link.href = URL.createObjectURL(new Blob(['\ufeff' + csv(name)], {type: 'text/csv'}));
      link.download = `${name}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    item.replaceChildren(button);
  }
}

addEventListener('beforeprint', () => { for (const part of all('details')) { part.dataset.was = part.open; part.open = true; } });
addEventListener('afterprint', () => { for (const part of all('details')) part.open = part.dataset.was === 'true'; });

function listen(figure) {
  const form = figure.querySelector('form');
  if (!form) return;
  form.hidden = false;
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('change', () => draw(figure));
  figure.addEventListener('keydown', event => { if (event.key === 'Escape') { form.reset(); draw(figure); } });
}

// Draws all figures, those in folded parts last.
async function begin() {
  const figures = all('figure[data-chart]'), folded = figure => figure.closest('details:not([open])') !== null;
  figures.forEach(listen);
  for (const [state, some] of [['open', figures.filter(f => !folded(f))], ['drawn', figures.filter(folded)]]) {
    for (const figure of some) {
      await draw(figure);
      await pause();
    }
    document.documentElement.dataset[state] = Math.round(performance.now());
  }
}
begin().catch(error => { document.documentElement.dataset.error = String(error); throw error; });

// Tables whose rows stand in the page as data (tables.py). Nothing of a row is ever HTML: only text is set.
var PAGE = 100;      // rows that are shown at first
var BLOCK = 50;      // rows that are drawn together
var LARGE = 300;     // so many rows scroll in a box of their own, and only what is looked at is drawn
var NUMBERS = { number: true, span: true, size: true, percent: true, steps: true, disks: true };
var PLAIN = { time: true, id: true };
var LONG = /\S{33}/;

function make(tag, text, name) {
  var element = document.createElement(tag);
  if (name) { element.className = name; }
  if (text !== undefined && text !== null) { element.textContent = text; }
  return element;
}
function width(text) { return LONG.test(text) ? "long" : /^\S*$/.test(text) ? "word" : text.length > 40 ? "words" : ""; }
function free(text) { return LONG.test(text) ? "long" : text.length > 16 ? "free" : width(text); }
function isolated(text, tag) { var box = make(tag); box.appendChild(make("bdi", text)); return box; }

// -- the data of a table -----------------------------------------------------------------------------------------
function Data(raw) {
  this.rows = raw.rows;
  this.columns = raw.columns;
  this.exported = raw.exported;
  this.tones = raw.tones;
  this.values = raw.values;
}
Data.prototype.get = function (key, row) {
  var values = this.values[key];
  if (values === undefined) { return null; }
  return values.of ? values.of[values.at[row]] : values[row];
};
Data.prototype.text = function (key, row) {
  var value = this.get(key, row);
  return value === null || value === undefined ? "" : String(value);
};
Data.prototype.distinct = function (key) {
  var values = this.values[key], seen = {};
  (values.of || values).forEach(function (one) { if (one !== null && one !== "") { seen[one] = true; } });
  return Object.keys(seen).sort();
};
Data.prototype.blank = function (key) {
  var values = this.values[key];
  return (values.of || values).some(function (one) { return one === null || one === ""; });
};
// what the search looks through: all that is shown or exported, in small letters; made when it is first asked for
Data.prototype.searched = function () {
  if (!this.haystack) {
    var self = this, keys = this.exported, small = {};
    keys.forEach(function (key) {
      var values = self.values[key];
      small[key] = (values.of || values).map(function (one) { return one === null ? "" : String(one).toLowerCase(); });
    });
    this.haystack = [];
    for (var row = 0; row < this.rows; row += 1) {
      var parts = [];
      for (var place = 0; place < keys.length; place += 1) {
        // a list has a function at of its own
        var values = this.values[keys[place]];
        parts.push(small[keys[place]][values.of ? values.at[row] : row]);
      }
      this.haystack.push(parts.join("\n"));
    }
  }
  return this.haystack;
};
// a number for each row, by which rows are put in order
Data.prototype.ranks = function (key, kind) {
  var values = this.values[key], given = values.of || values;
  if (NUMBERS[kind]) {
    var numbers = given.map(function (one) { return typeof one === "number" ? one : -Infinity; });
    return values.of ? values.at.map(function (at) { return numbers[at]; }) : numbers;
  }
  var collator = new Intl.Collator("en", { numeric: true });
  var texts = given.map(function (one) { return one === null ? "" : String(one); });
  var order = texts.map(function (_text, place) { return place; });
  order.sort(function (a, b) {
    if (PLAIN[kind]) { return texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : 0; }
    return collator.compare(texts[a], texts[b]);
  });
  var rank = [], last = -1;
  order.forEach(function (place, at) {
    if (at === 0 || texts[order[at - 1]] !== texts[place]) { last += 1; }
    rank[place] = last;
  });
  return values.of ? values.at.map(function (at) { return rank[at]; }) : rank;
};

// -- a table -----------------------------------------------------------------------------------------------------
function Table(box) {
  var self = this;
  this.box = box;
  this.id = box.getAttribute("data-table");
  this.data = new Data(JSON.parse(document.getElementById("data-" + this.id).textContent));
  this.table = box.querySelector("table");
  this.scroll = box.querySelector(".scroll");
  this.heads = this.data.rows ? Array.prototype.slice.call(this.table.tHead.rows[0].cells) : [];
  this.filters = Array.prototype.slice.call(all("[data-filter]", box));
  this.status = box.querySelector("[role=status]");
  this.rest = box.querySelector(".rest");
  this.order = [];
  for (var row = 0; row < this.data.rows; row += 1) { this.order.push(row); }
  this.shown = PAGE;
  this.open = false;
  if (!this.data.rows) { return; }
  this.heads.forEach(function (head, place) { self.sortable(head, self.data.columns[place]); });
  this.filters.forEach(function (one) {
    if (one.tagName === "SELECT") { self.choices(one); }
    one.addEventListener("input", function () { self.shown = PAGE; self.apply(); });
  });
  each(all("[data-do]", box), function (button) {
    button.addEventListener("click", function () { self[button.getAttribute("data-do")](button); });
  });
  each(all("[data-copy]", box), function (button) {
    var kind = button.getAttribute("data-copy");
    button.addEventListener("click", function () {
      copy(self.as(kind), function (done) {
        self.say(done ? self.many(kind) + " copied as " + kind : "the browser refused; save it as a file");
      });
    });
  });
  each(all("[data-save]", box), function (button) {
    var kind = button.getAttribute("data-save");
    button.addEventListener("click", function () {
      var name = kind === "inventory" ? "inventory.json" : self.id + "." + kind;
      save(name, kind === "csv" ? "text/csv" : "application/json", self.as(kind));
    });
  });
  this.apply();
}

Table.prototype.sortable = function (head, column) {
  var self = this, button = document.createElement("button");
  button.type = "button";
  while (head.firstChild) { button.appendChild(head.firstChild); }
  head.appendChild(button);
  head.setAttribute("aria-sort", "none");
  button.addEventListener("click", function () {
    var down = head.getAttribute("aria-sort") === "ascending";
    self.heads.forEach(function (other) { other.setAttribute("aria-sort", "none"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    self.sort(column[0], column[1], down ? -1 : 1);
  });
};

Table.prototype.sort = function (key, kind, sign) {
  var ranks = this.data.ranks(key, kind);
  this.order.sort(function (a, b) { return (ranks[a] === ranks[b] ? 0 : sign * (ranks[a] < ranks[b] ? -1 : 1)) || a - b; });
  this.apply();
};

// a filter that would find all rows is not shown
Table.prototype.choices = function (select) {
  var key = select.getAttribute("data-filter"), found = this.data.distinct(key);
  found.forEach(function (text) { select.appendChild(new Option(text, text)); });
  select.parentNode.hidden = found.length === 0 || found.length === 1 && !this.data.blank(key);
};

Table.prototype.tests = function () {
  var data = this.data, tests = [];
  this.filters.forEach(function (one) {
    var wanted = one.value, key = one.getAttribute("data-filter");
    if (!wanted) { return; }
    if (key === "*") {
      var haystack = data.searched(), part = wanted.toLowerCase();
      tests.push(function (row) { return haystack[row].indexOf(part) >= 0; });
    } else if (one.hasAttribute("data-from")) {
      tests.push(function (row) { return data.text(key, row).slice(0, 10) >= wanted; });
    } else if (one.hasAttribute("data-to")) {
      tests.push(function (row) { var day = data.text(key, row).slice(0, 10); return day !== "" && day <= wanted; });
    } else {
      tests.push(function (row) { return data.text(key, row) === wanted; });
    }
  });
  return tests;
};

Table.prototype.apply = function () {
  var tests = this.tests();
  this.found = tests.length === 0 ? this.order.slice() : this.order.filter(function (row) {
    for (var place = 0; place < tests.length; place += 1) { if (!tests[place](row)) { return false; } }
    return true;
  });
  this.draw(false);
  var shown = Math.min(this.shown, this.found.length);
  this.say(shown + " shown of " + this.found.length + " that match, " + this.data.rows + " in all");
  this.rest.hidden = shown === this.found.length;
};
Table.prototype.say = function (text) { this.status.textContent = text; };
Table.prototype.many = function (kind) {
  var rows = kind === "inventory" ? this.standing().length : this.found.length;
  return rows + (rows === 1 ? " row" : " rows");
};

// -- drawing -----------------------------------------------------------------------------------------------------
// Many rows are blocks of BLOCK rows, each a tbody. A block that nobody looks at is one empty row of its height.
Table.prototype.draw = function (whole) {
  var self = this, rows = this.found.slice(0, this.shown), large = !whole && rows.length > LARGE;
  if (this.observer) { this.observer.disconnect(); this.observer = null; }
  while (this.table.tBodies.length) { this.table.tBodies[0].remove(); }
  this.box.classList.toggle("large", large);
  this.scroll.scrollTop = 0;
  if (!large) {
    var body = document.createElement("tbody");
    rows.forEach(function (row, place) { body.appendChild(self.row(row, place)); });
    this.table.appendChild(body);
    return;
  }
  this.table.setAttribute("aria-rowcount", rows.length + 1);
  this.observer = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) { self.fill(entry.target); } else { self.empty(entry.target, entry.boundingClientRect.height); }
    });
  }, { root: this.scroll, rootMargin: "800px 0px" });
  var bodies = document.createDocumentFragment(), first;
  for (var start = 0; start < rows.length; start += BLOCK) {
    var block = document.createElement("tbody");
    block.rows_of = rows.slice(start, start + BLOCK);
    block.begins = start;
    if (start === 0) { first = block; this.fill(block); } else { bodies.appendChild(block); }
  }
  this.table.appendChild(first);
  var height = first.getBoundingClientRect().height / first.rows_of.length || 30;
  // the columns keep their place when other rows are drawn
  this.heads.forEach(function (head) { head.style.minWidth = ""; });
  var widths = this.heads.map(function (head) { return head.getBoundingClientRect().width; });
  this.heads.forEach(function (head, place) { head.style.minWidth = widths[place] + "px"; });
  each(bodies.children, function (one) { self.empty(one, height * one.rows_of.length); });
  this.table.appendChild(bodies);
  each(this.table.tBodies, function (one) { self.observer.observe(one); });
};
Table.prototype.fill = function (block) {
  var self = this;
  if (block.filled) { return; }
  block.filled = true;
  block.textContent = "";
  block.rows_of.forEach(function (row, place) { block.appendChild(self.row(row, block.begins + place)); });
};
Table.prototype.empty = function (block, height) {
  if (block.filled === false) { return; }
  block.filled = false;
  var row = make("tr", null, "gap"), cell = make("td");
  cell.colSpan = this.heads.length;
  cell.style.height = height + "px";
  row.setAttribute("aria-hidden", "true");
  row.appendChild(cell);
  block.textContent = "";
  block.appendChild(row);
};
Table.prototype.row = function (row, place) {
  var line = document.createElement("tr"), self = this;
  if (this.observer) { line.setAttribute("aria-rowindex", place + 2); }
  this.data.columns.forEach(function (column) { line.appendChild(self.cell(row, column)); });
  return line;
};
Table.prototype.details = function (summary) {
  var details = make("details");
  details.appendChild(make("summary", summary));
  details.open = this.open;
  return details;
};
Table.prototype.list = function (key, row) { return JSON.parse(this.data.text(key, row) || "[]"); };

Table.prototype.cell = function (row, column) {
  var data = this.data, key = column[0], kind = column[1], value = data.get(key, row), text = data.text(key, row), cell, details;
  if (kind === "number" || kind === "span" || kind === "size" || kind === "percent") {
    var words = { number: String, span: duration, size: size, percent: percent };
    return make("td", kind === "number" && value === null ? "" : words[kind](value), "n");
  }
  if (kind === "why" || kind === "steps" || kind === "disks") {
    cell = make("td");
    details = this[kind](row, value, text);
    if (details) { cell.appendChild(details); } else { cell.textContent = kind === "steps" ? "done" : text; }
    return cell;
  }
  if (kind === "time") {
    cell = make("td", moment(value), "t");
  } else if (kind === "tone") {
    cell = make("td");
    cell.appendChild(make("span", text, data.tones[text]));
  } else {
    cell = isolated(text, kind === "name" ? "th" : "td");
    if (kind === "name") { cell.scope = "row"; }
    if (kind === "sentence") { cell.firstChild.dir = "ltr"; }
    cell.className = kind === "free" ? free(text) : (kind === "id" ? "id " : "") + width(text);
  }
  var below = column[2] && data.text(column[2], row);
  if (below) {
    var part = isolated(below, "span");
    part.className = "below";
    cell.appendChild(part);
  }
  return cell;
};
Table.prototype.why = function (row, _value, text) {
  if (!text) { return null; }
  var details = this.details(text), remedy = document.getElementById("remedy-" + text);
  details.appendChild(make("p", this.data.text("message", row) || this.data.text("remedy", row)));
  if (remedy) {
    var link = make("a", "what to do");
    link.href = "#remedy-" + encodeURIComponent(text);
    details.appendChild(link);
  }
  return details;
};
Table.prototype.steps = function (row, value) {
  var steps = this.list("steps", row), list = make("ol", null, "steps");
  if (!steps.length) { return null; }
  var details = this.details((value || 0) + " of " + steps.length);
  steps.forEach(function (one) {
    var item = make("li"), good = { SUCCEEDED: "good", FAILED: "bad" };
    item.appendChild(make("span", one[1], good[one[1]] || "open"));
    item.appendChild(document.createTextNode(" " + one[0]));
    list.appendChild(item);
  });
  details.appendChild(list);
  return details;
};
Table.prototype.disks = function (row, value) {
  var disks = this.list("disk_list", row), list = make("ul", null, "steps");
  if (!disks.length) { return null; }
  var details = this.details(String(value === null ? disks.length : value));
  disks.forEach(function (one) {
    var item = isolated(one[0], "li"), bar = make("progress");
    item.appendChild(document.createTextNode(" " + percent(one[1]) + " of " + size(one[2]) + ", " + size(one[3]) + " behind "));
    if (typeof one[1] === "number") {
      bar.max = 100;
      bar.value = one[1];
      bar.setAttribute("aria-label", one[0] + " replicated");
      item.appendChild(bar);
    }
    list.appendChild(item);
  });
  details.appendChild(list);
  return details;
};

// -- buttons -----------------------------------------------------------------------------------------------------
Table.prototype.more = function () { this.shown += PAGE * 5; this.apply(); };
Table.prototype.everything = function () { this.shown = Infinity; this.apply(); };
Table.prototype.reset = function () {
  this.filters.forEach(function (one) { one.value = ""; });
  this.shown = PAGE;
  this.apply();
};
Table.prototype.expand = function (button) {
  this.open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", this.open ? "true" : "false");
  this.draw(false);
};

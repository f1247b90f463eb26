"use strict";
(function () {
  var root = document.documentElement;
  var PAGE = 100;

  function each(list, work) { Array.prototype.forEach.call(list, work); }
  function all(selector, under) { return (under || document).querySelectorAll(selector); }

  // -- theme ---------------------------------------------------------------------------------------------------
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function theme() { return root.getAttribute("data-theme") || (dark.matches ? "dark" : "light"); }
  each(all("#theme"), function (button) {
    function show() { button.setAttribute("aria-pressed", theme() === "dark" ? "true" : "false"); }
    button.addEventListener("click", function () {
      root.setAttribute("data-theme", theme() === "dark" ? "light" : "dark");
      show();
    });
    dark.addEventListener("change", show);
    show();
  });
  each(all("#print"), function (button) { button.addEventListener("click", function () { window.print(); }); });

  // -- tables --------------------------------------------------------------------------------------------------
  function value(row, place) {
    var cell = row.cells[place];
    var given = cell.getAttribute("data-v");
    if (given !== null) { return given; }
    return (cell.querySelector("bdi") || cell).textContent.trim();
  }
  // what has no column of its own stands in one of the others
  function field(row, places, key) {
    if (key in places) { return value(row, places[key]); }
    var part = row.querySelector("[data-f=" + key + "]");
    return part ? part.textContent : "";
  }

  function Table(box) {
    var self = this;
    this.table = box.querySelector("table");
    this.body = this.table.tBodies[0];
    this.rows = Array.prototype.slice.call(this.body.rows);
    this.heads = Array.prototype.slice.call(this.table.tHead.rows[0].cells);
    this.places = {};
    this.filters = Array.prototype.slice.call(all("[data-filter]", box));
    this.status = box.querySelector("[role=status]");
    this.rest = box.querySelector(".rest");
    this.shown = PAGE;
    this.name = this.table.id;
    this.heads.forEach(function (head, place) {
      if (head.hasAttribute("data-key")) { self.places[head.getAttribute("data-key")] = place; }
      if (head.hasAttribute("data-sort")) { self.sortable(head, place); }
    });
    this.filters.forEach(function (one) {
      if (one.tagName === "SELECT") { self.choices(one); }
      one.addEventListener("input", function () { self.shown = PAGE; self.apply(); });
    });
    each(all("[data-do]", box), function (button) {
      button.addEventListener("click", function () { self[button.getAttribute("data-do")](button); });
    });
    this.apply();
  }

  Table.prototype.sortable = function (head, place) {
    var self = this, button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) { button.appendChild(head.firstChild); }
    head.appendChild(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") === "ascending";
      self.heads.forEach(function (other) { if (other.hasAttribute("data-sort")) { other.setAttribute("aria-sort", "none"); } });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      self.sort(place, head.getAttribute("data-sort") === "number", down ? -1 : 1);
    });
  };

  Table.prototype.sort = function (place, numbers, sign) {
    var body = this.body, collator = new Intl.Collator("en", { numeric: true });
    var keyed = this.rows.map(function (row, index) {
      var text = value(row, place);
      return { row: row, index: index, key: numbers ? (text === "" ? -Infinity : Number(text)) : text };
    });
    keyed.sort(function (a, b) {
      var order = numbers ? (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) : collator.compare(a.key, b.key);
      return sign * order || a.index - b.index;
    });
    this.rows = keyed.map(function (one) { return one.row; });
    var whole = document.createDocumentFragment();
    this.rows.forEach(function (row) { whole.appendChild(row); });
    body.appendChild(whole);
    this.apply();
  };

  Table.prototype.choices = function (select) {
    var places = this.places, key = select.getAttribute("data-filter"), seen = {};
    this.rows.forEach(function (row) { seen[field(row, places, key)] = true; });
    Object.keys(seen).sort().forEach(function (text) {
      if (text) { select.appendChild(new Option(text, text)); }
    });
  };

  Table.prototype.matches = function (row) {
    var places = this.places;
    return this.filters.every(function (one) {
      var wanted = one.value, key = one.getAttribute("data-filter");
      if (!wanted) { return true; }
      if (key === "*") { return row.textContent.toLowerCase().indexOf(wanted.toLowerCase()) >= 0; }
      var found = field(row, places, key);
      if (one.hasAttribute("data-from")) { return found.slice(0, 10) >= wanted; }
      if (one.hasAttribute("data-to")) { return found !== "" && found.slice(0, 10) <= wanted; }
      return found === wanted;
    });
  };

  Table.prototype.apply = function () {
    var self = this;
    this.found = this.rows.filter(function (row) { return self.matches(row); });
    var visible = new Set(this.found.slice(0, this.shown));
    this.rows.forEach(function (row) { row.hidden = !visible.has(row); });
    if (this.status) {
      this.status.textContent = visible.size + " shown of " + this.found.length + " that match, " + this.rows.length + " in all";
    }
    if (this.rest) { this.rest.hidden = visible.size === this.found.length; }
  };

  Table.prototype.everything = function () { this.shown = Infinity; this.apply(); };

  // -- buttons -------------------------------------------------------------------------------------------------
  Table.prototype.reset = function () {
    this.filters.forEach(function (one) { one.value = ""; });
    this.shown = PAGE;
    this.apply();
  };
  Table.prototype.expand = function (button) {
    var open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open ? "true" : "false");
    each(all("details", this.body), function (one) { one.open = open; });
  };
  Table.prototype.data = function () {
    var heads = this.heads;
    return this.found.map(function (row) {
      var told = {};
      heads.forEach(function (head, place) {
        var key = head.getAttribute("data-key");
        if (key) { told[key] = value(row, place); }
      });
      each(all("[data-f]", row), function (part) { told[part.getAttribute("data-f")] = part.textContent; });
      var remedy = told.code && document.getElementById("remedy-" + told.code);
      if (remedy) { told.remedy = remedy.textContent; }
      return told;
    });
  };
  // a spreadsheet takes a cell that begins so for a formula
  function cell(text) {
    var safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
    return '"' + safe.replace(/"/g, '""') + '"';
  }
  Table.prototype.csv = function () {
    var rows = this.data(), keys = [];
    rows.forEach(function (row) { Object.keys(row).forEach(function (key) { if (keys.indexOf(key) < 0) { keys.push(key); } }); });
    var lines = [keys.map(cell).join(",")].concat(rows.map(function (row) {
      return keys.map(function (key) { return cell(row[key] === undefined ? "" : row[key]); }).join(",");
    }));
    save(this.name + ".csv", "text/csv", lines.join("\n") + "\n");
  };
  Table.prototype.json = function () { save(this.name + ".json", "application/json", JSON.stringify(this.data(), null, 2) + "\n"); };

  function save(name, type, text) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: type + ";charset=utf-8" }));
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  Table.prototype.more = function () { this.shown += PAGE * 5; this.apply(); };

  var tables = [];
  root.classList.add("js");
  each(all("[data-table]"), function (box) { tables.push(new Table(box)); });

  // a remedy is on the page once; who opens a failure finds the way to it
  document.addEventListener("toggle", function (event) {
    var details = event.target, text = details.open && details.closest("#failures") && details.querySelector("summary").textContent;
    if (!text || details.querySelector("a") || !document.getElementById("remedy-" + text)) { return; }
    var link = document.createElement("a");
    link.href = "#remedy-" + encodeURIComponent(text);
    link.textContent = "what to do";
    details.appendChild(link);
  }, true);

  // what is closed or not shown is not on paper
  var before = [];
  window.addEventListener("beforeprint", function () {
    if (before.length) { return; }
    tables.forEach(function (table) { before.push([table, table.shown]); table.everything(); });
    each(all("details:not([open])"), function (one) { one.setAttribute("data-closed", ""); one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    before.forEach(function (pair) { pair[0].shown = pair[1]; pair[0].apply(); });
    before = [];
    each(all("details[data-closed]"), function (one) { one.removeAttribute("data-closed"); one.open = false; });
  });
})();

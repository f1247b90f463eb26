// -- what is taken away ------------------------------------------------------------------------------------------
Table.prototype.as = function (kind) { return this[kind](); };
Table.prototype.json = function () {
  var data = this.data;
  var rows = this.found.map(function (row) {
    var told = {};
    data.exported.forEach(function (key) { told[key] = data.get(key, row); });
    return told;
  });
  return JSON.stringify(rows, null, 2) + "\n";
};
// a spreadsheet takes a cell that begins so for a formula
function field(text) {
  var safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return '"' + safe.replace(/"/g, '""') + '"';
}
Table.prototype.csv = function () {
  var data = this.data, keys = data.exported;
  var lines = this.found.map(function (row) {
    return keys.map(function (key) { return field(data.text(key, row)); }).join(",");
  });
  return [keys.map(field).join(",")].concat(lines).join("\n") + "\n";
};

// The inventory of report/connect.py, of the rows that are found; names are told apart among all rows.
Table.prototype.standing = function () {
  var data = this.data;
  return this.found.filter(function (row) { return data.get("standing", row) && data.get("private_ip", row); });
};
function plainText(value) { return String(value || "").replace(/[^A-Za-z0-9._:-]+/g, "_").replace(/^_+|_+$/g, ""); }
Table.prototype.inventory = function () {
  var data = this.data, seen = {}, hosts = {}, groups = {};
  var told = ["source_server_id", "recovery_instance_id", "ec2_instance_id", "account_id", "region", "availability_zone",
    "cell", "application", "wave", "point_in_time"];
  // the page shows (no name) for what has none
  function named(row) { var name = data.text("name", row); return name === "(no name)" ? "" : plainText(name); }
  for (var row = 0; row < data.rows; row += 1) {
    if (data.get("standing", row) && data.get("private_ip", row)) { seen["_" + named(row)] = (seen["_" + named(row)] || 0) + 1; }
  }
  this.standing().sort(function (a, b) { return a - b; }).forEach(function (row) {
    var name = named(row), host = { ansible_host: plainText(data.text("private_ip", row)) };
    if (!name || seen["_" + name] > 1) { name = (name || "server") + "-" + plainText(data.text("recovery_instance_id", row)); }
    told.forEach(function (key) { if (data.text(key, row)) { host["drs_" + key] = plainText(data.text(key, row)); } });
    hosts[name] = host;
    [["wave", "wave"], ["application", "application"], ["account", "account_id"]].forEach(function (pair) {
      var value = data.text(pair[1], row);
      if (!value) { return; }
      var group = pair[0] + "_" + value.replace(/[^A-Za-z0-9]+/g, "_");
      groups[group] = groups[group] || { hosts: {} };
      groups[group].hosts[name] = {};
    });
  });
  return JSON.stringify({ all: { hosts: hosts, children: groups } }, null, 2) + "\n";
};

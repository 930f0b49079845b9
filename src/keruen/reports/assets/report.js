"use strict";
(function () {
  // Tables: a heading sorts by its column; unknown stays last either way.
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var body = table.tBodies[0];
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") === "descending" ||
          (!head.hasAttribute("aria-sort") && !head.classList.contains("n"));
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (h) { h.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        var numeric = head.classList.contains("n");
        var value = function (row) {
          var cell = row.cells[column];
          if (numeric) { return cell.dataset.v === undefined ? null : Number(cell.dataset.v); }
          return cell.dataset.v === undefined ? cell.textContent : cell.dataset.v;
        };
        // Rows whose data grade is too low to be ranked stay below the others.
        var weak = function (row) { return row.classList.contains("weak"); };
        Array.from(body.rows).map(function (row) { return [value(row), row]; }).sort(function (a, b) {
          if (weak(a[1]) !== weak(b[1])) { return weak(a[1]) - weak(b[1]); }
          if (a[0] === null || b[0] === null) { return (a[0] === null) - (b[0] === null); }
          var order = numeric ? a[0] - b[0] : a[0].localeCompare(b[0]);
          return up ? order : -order;
        }).forEach(function (pair) { body.appendChild(pair[1]); });
      });
    });
  });

  // The map: buttons, wheel with Ctrl, drag, and the keyboard once it has the focus.
  var map = document.querySelector("svg.zoom");
  if (!map) { return; }
  var parse = function (name) { return map.dataset[name].split(" ").map(Number); };
  var home = parse("home"), whole = parse("whole"), box = home.slice();
  var em = Number(map.getAttribute("font-size")) / home[2];
  var show = function (next) {
    var least = home[2] / 40, most = Math.max(whole[2], home[2]) * 1.4;
    var factor = Math.min(Math.max(next[2], least), most) / next[2];
    box = [next[0] + next[2] * (1 - factor) / 2, next[1] + next[3] * (1 - factor) / 2, next[2] * factor, next[3] * factor];
    map.setAttribute("viewBox", box.map(function (v) { return v.toFixed(3); }).join(" "));
    map.setAttribute("font-size", em * box[2]);
    map.classList.toggle("near", box[2] < home[2] / 2);
    map.classList.toggle("nearest", box[2] < home[2] / 4.5);
    map.classList.toggle("far", box[2] > home[2] * 1.3);
  };
  var zoom = function (by, x, y) {
    x = x === undefined ? 0.5 : x;
    y = y === undefined ? 0.5 : y;
    show([box[0] + box[2] * x * (1 - by), box[1] + box[3] * y * (1 - by), box[2] * by, box[3] * by]);
  };
  var move = function (x, y) { show([box[0] + box[2] * x, box[1] + box[3] * y, box[2], box[3]]); };
  var tools = document.createElement("div");
  tools.className = "tools";
  [["+", "Zoom in", function () { zoom(0.6); }], ["−", "Zoom out", function () { zoom(1 / 0.6); }],
   ["Close up", "Show the home country", function () { show(home); }],
   ["Whole", "Show the whole network", function () { show(whole); }]].forEach(function (tool) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = tool[0];
    button.setAttribute("aria-label", tool[1]);
    button.addEventListener("click", tool[2]);
    tools.appendChild(button);
  });
  map.parentNode.appendChild(tools);
  map.classList.add("live");
  map.setAttribute("tabindex", "0");
  map.addEventListener("wheel", function (event) {
    if (!event.ctrlKey && document.activeElement !== map) { return; }
    event.preventDefault();
    var frame = map.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, (event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height);
  }, { passive: false });
  map.addEventListener("keydown", function (event) {
    var act = { "+": [0.6], "=": [0.6], "-": [1 / 0.6], ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
    if (!act) { return; }
    event.preventDefault();
    if (act.length === 1) { zoom(act[0]); } else { move(act[0], act[1]); }
  });
  var held = null;
  map.addEventListener("pointerdown", function (event) {
    held = [event.clientX, event.clientY, box.slice()];
    map.setPointerCapture(event.pointerId);
    map.classList.add("held");
  });
  map.addEventListener("pointermove", function (event) {
    if (!held) { return; }
    var frame = map.getBoundingClientRect();
    show([held[2][0] - (event.clientX - held[0]) / frame.width * box[2], held[2][1] - (event.clientY - held[1]) / frame.height * box[3], box[2], box[3]]);
  });
  ["pointerup", "pointercancel"].forEach(function (name) {
    map.addEventListener(name, function () { held = null; map.classList.remove("held"); });
  });
}());

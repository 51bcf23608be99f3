// Two figures of blocks: one is the other, only turned, or its mirror image. Nothing is counted.
"use strict";

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const pick = (count) => Math.floor(Math.random() * count);

// A walk of ten blocks with three bends, so that no turn makes it its own mirror image.
function figure() {
  const ways = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const order = [[0, 1, 2, 0], [1, 2, 0, 1], [2, 0, 1, 2]][pick(3)];
  const lengths = [[3, 2, 3, 2], [2, 3, 2, 3], [3, 3, 2, 2]][pick(3)];
  let at = [0, 0, 0];
  const blocks = [at];
  order.forEach((way, leg) => {
    const sign = leg === 3 ? -1 : 1;
    for (let step = 0; step < lengths[leg]; step += 1) {
      at = at.map((value, axis) => value + sign * ways[way][axis]);
      blocks.push(at);
    }
  });
  const middle = [0, 1, 2].map((axis) => blocks.reduce((sum, block) => sum + block[axis], 0) / blocks.length);
  return blocks.map((block) => block.map((value, axis) => value - middle[axis]));
}

function turned([x, y, z], a, b) {
  const [x1, y1] = [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)];
  return [x1, y1 * Math.cos(b) - z * Math.sin(b), y1 * Math.sin(b) + z * Math.cos(b)];
}

const faces = [[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]];
const light = [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]];

function draw(canvas, blocks, a, b) {
  const pen = canvas.getContext("2d");
  const ink = getComputedStyle(document.body).color;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const sides = [];
  blocks.forEach((block) => {
    const corners = [];
    for (let corner = 0; corner < 8; corner += 1) {
      const shift = [corner & 4, corner & 2, corner & 1].map((bit) => (bit ? 0.5 : -0.5));
      corners.push(turned(block.map((value, axis) => value + shift[axis]), a, b));
    }
    faces.forEach((face, side) => {
      const points = face.map((corner) => corners[corner]);
      const depth = points.reduce((sum, point) => sum + point[1], 0);
      const facing = turned(light[side], a, b);
      if (facing[1] < 0) sides.push({ points, depth, shade: 0.55 + 0.4 * Math.abs(facing[2]) });
    });
  });
  sides.sort((one, other) => other.depth - one.depth);
  const scale = canvas.width / 9;
  sides.forEach(({ points, shade }) => {
    pen.beginPath();
    points.forEach(([x, , z], index) => {
      const [left, top] = [canvas.width / 2 + x * scale, canvas.height / 2 - z * scale];
      if (index) pen.lineTo(left, top); else pen.moveTo(left, top);
    });
    pen.closePath();
    const tone = Math.round(230 * shade);
    pen.fillStyle = `rgb(${tone}, ${tone}, ${Math.min(255, tone + 12)})`;
    pen.fill();
    pen.strokeStyle = ink;
    pen.stroke();
  });
}

let mirrored = false;

function begin() {
  const blocks = figure();
  mirrored = Math.random() < 0.5;
  const other = mirrored ? blocks.map(([x, y, z]) => [-x, y, z]) : blocks;
  const [a, b] = [0.5 + Math.random(), 0.4 + 0.4 * Math.random()];
  const [c, d] = [a + 1 + 3 * Math.random(), 0.4 + 0.4 * Math.random()];
  draw(document.getElementById("left"), blocks, a, b);
  draw(document.getElementById("right"), other, c, d);
}

function answer(said) {
  const told = document.getElementById("turning").dataset;
  const right = said === mirrored;
  document.getElementById("answer").textContent = right ? told.right : told.wrong;
  if (right) setTimeout(() => { document.getElementById("answer").textContent = ""; begin(); }, still ? 0 : 900);
}

document.getElementById("same").addEventListener("click", () => answer(false));
document.getElementById("mirrored").addEventListener("click", () => answer(true));
begin();

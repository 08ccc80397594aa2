// From strokes to what the model takes, as the makers of the data set did it:
// fit into 32 × 32 dots, count the black ones in each block of 4 × 4.

const SIDE = 32;
const WIDE = 24;
const MARGIN = 2;
const BLOCK = 4;
const INK = 312; // black dots of a scan in the data set, on average

// strokes: arrays of [x, y]. 64 whole numbers, 0 to 16; null without a point.
export function scan(strokes) {
  const points = strokes.flat();
  if (!points.length) return null;
  const fit = fitting(points);
  const lines = strokes.map((stroke) => stroke.map(fit));
  const dots = Array.from({ length: SIDE * SIDE }, (_, index) =>
    distance([(index % SIDE) + 0.5, Math.floor(index / SIDE) + 0.5], lines));
  const reach = [...dots].sort((a, b) => a - b)[INK - 1];
  const blocks = new Array((SIDE / BLOCK) ** 2).fill(0);
  dots.forEach((away, index) => {
    const row = Math.floor(index / SIDE / BLOCK);
    const column = Math.floor((index % SIDE) / BLOCK);
    if (away <= reach) blocks[(row * SIDE) / BLOCK + column] += 1;
  });
  return blocks;
}

// A function that moves a point of the pad to its place among the dots.
function fitting(points) {
  const [left, right, top, bottom] = [
    Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x)),
    Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y)),
  ];
  const scale = Math.min(
    (SIDE - 2 * MARGIN) / (bottom - top), (WIDE - 2 * MARGIN) / (right - left),
    8 * SIDE, // a point stays one, and what is nearly one
  );
  return ([x, y]) => [
    SIDE / 2 + scale * (x - (left + right) / 2),
    SIDE / 2 + scale * (y - (top + bottom) / 2),
  ];
}

function distance(dot, lines) {
  const all = lines.flatMap((line) => line.map((point, index) =>
    toSegment(dot, line[Math.max(0, index - 1)], point)));
  return Math.round(1e6 * Math.min(...all)); // equal, however it was rounded
}

function toSegment([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const part = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - ax - part * dx, y - ay - part * dy);
}

// Round steps for an axis (pure).

const ROUND = [1, 2, 2.5, 5, 10];

/** {low, high, ticks} around the values from low to high; zero is always among them. */
export function scale(low, high, wanted = 4) {
  const from = Math.min(0, low);
  const to = from === 0 && high <= 0 ? 1 : Math.max(0, high); // nothing at all still has an axis
  const rough = Math.max((to - from) / wanted, 1e-9);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ROUND.find((one) => one * size >= rough * 0.999);
  const first = Math.floor(from / step + 1e-9);
  const last = Math.max(Math.ceil(to / step - 1e-9), first + 1);
  const ticks = [];
  for (let index = first; index <= last; index += 1) ticks.push(index * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (/^2\.5/.test(String(step / size)) ? 1 : 0));
  return { low: first * step, high: last * step, ticks, digits: Math.min(digits, 6) };
}

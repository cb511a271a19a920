function main({ n }) {
  return { n: n * 2 };
}

// Charts follow the width of the place they stand in.

/** Calls draw(width) now and at each change of the node's width. */
export function followWidth(node, draw) {
  let drawn = 0;
  const follow = () => {
    const width = Math.floor(node.clientWidth);
    if (width > 0 && width !== drawn) {
      drawn = width;
      draw(width);
    }
  };
  new ResizeObserver(follow).observe(node);
  follow();
}

)import React, { useState } from "react";
interface Props { items: Item[]; onPick?: (item: Item) => void }
export const List: React.FC<Props> = ({ items, onPick }) => {
  const [open, setOpen] = useState<boolean>(false);
  return <ul>{items.filter((item) => item.visible).map((item) => <Row<Item> key={item.id} onClick={() => onPick?.(item)} />)}</ul>;
};

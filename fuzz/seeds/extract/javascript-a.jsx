*import { Card } from "./Card";
const Header = ({ title }) => <h1 className="x">{title.trim()}</h1>;
export default function Page({ users }) {
  const onSave = () => save();
  return (
    <Layout.Main {...users.props}>
      <Header title={users.name} disabled />
      {users.map((user) => <Card key={user.id} user={user} onSave={onSave} onClick={() => user.open()} />)}
      <></>
    </Layout.Main>
  );
}
export const Memo = React.memo((props) => <Page {...props} />);

kstruct Server { db: Db, handler: fn(u8), count: u64, names: Vec<String> }

impl Server {
    fn start(config: Config) -> Arc<Server> {
        let db = Arc::new(Db::open(&config.path));
        let copy = db.clone();
        let boxed = Box::new(copy.shard(1)) as Box<dyn Shard>;
        let base = Server::default();
        let server = Server { db, count: 0, ..base };
        (server.handler)(3);
        let made = Meters(2.0);
        let all = server.rows().into_iter().collect::<Vec<Account>>();
        let number = "42".parse::<u64>()?;
        Arc::new(server)
    }

    fn pick(&self, flag: bool) -> Shape {
        if flag { self.square() } else { self.circle() }
    }

    fn by_kind(&self, kind: u8) -> Shape {
        match kind {
            0 => Shape::new(),
            1 => return Shape::Other,
            _ => { self.log(); self.circle() }
        }
    }

    fn at(&self, index: usize) -> &str {
        let name = &self.names[index];
        let part = &self.names[1..];
        name.trim()
    }

    fn unit(&self) { self.log() }
}

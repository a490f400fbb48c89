//! Where repositories meet, and what keeps them apart: each case is a workspace of small
//! repositories, and the links and drifts that an index of it has.

use crate::support::{Place, index};
use qf_graph::snapshot::{Direction, Snapshot};
use std::path::PathBuf;

pub fn workspace(files: &[(&str, &str)]) -> Snapshot {
    let place = Place::with(files);
    let mut roots: Vec<PathBuf> = files
        .iter()
        .filter_map(|(path, _)| path.split('/').next())
        .map(|it| place.path(it))
        .collect();
    roots.dedup();
    index(&place.home(), &roots).expect("indexed");
    place.snapshot()
}

/// `repository name kind repository name key` of every link that is not into a package.
pub fn links(snapshot: &Snapshot) -> Vec<String> {
    let named = |symbol| {
        let repository = snapshot.repository_name(snapshot.repository_of(symbol));
        format!("{repository}/{}", snapshot.qualified_name(symbol))
    };
    let mut all: Vec<String> = snapshot
        .links()
        .filter_map(|edge| {
            let (channel, key) = edge.key?;
            (channel.name() != "package").then(|| {
                format!("{} {} {} {key}", named(edge.from), edge.kind.name(), named(edge.to))
            })
        })
        .collect();
    all.sort();
    all
}

fn drifts(snapshot: &Snapshot) -> Vec<String> {
    let mut all: Vec<String> = snapshot
        .drifts()
        .iter()
        .map(|it| {
            let from = snapshot.qualified_name(it.symbol);
            format!("{:?} {from} {} : {}", it.kind, it.key, it.has)
        })
        .collect();
    all.sort();
    all
}

const READER: &str = "import os\ndef connect():\n    return os.environ[\"DB_URL\"]\n";

#[test]
fn variables_are_those_of_the_service_or_the_folder() {
    let compose = "services:
  orders:
    environment:
      DB_URL: postgres://db/orders
  billing:
    environment:
      - DB_URL=postgres://db/billing
";
    let snapshot = workspace(&[
        ("billing/main.py", READER),
        ("deploy/docker-compose.yml", compose),
        ("mailer/main.py", READER),
        ("orders/main.py", READER),
        ("stock/.env.example", "DB_URL=x\n"),
        ("stock/src/main.py", READER),
        // A folder that is called like a service of another repository is not it.
        ("trade/orders/main.py", READER),
    ]);
    assert_eq!(
        links(&snapshot),
        [
            "billing/connect reads deploy/services.billing DB_URL",
            "orders/connect reads deploy/services.orders DB_URL",
            "stock/connect reads stock/DB_URL DB_URL",
        ]
    );
}

const SCHEMA: &str = "type Query { user(id: ID!): User }\ntype User { id: ID }\n";

#[test]
fn graphql_joins_operations_resolvers_and_schemas() {
    let web = "import { gql, useQuery } from \"@apollo/client\";
import { PARTS } from \"./parts\";
const USER = gql`
  query User($id: ID!) { user(id: $id) { id ...Parts } }
  ${PARTS}
`;
export function Screen() { return useQuery(USER); }
";
    let resolvers = "const load = (id) => id;
const user = (_, { id }) => load(id);
export const resolvers = { Query: { user }, User: { id: () => 1 } };
";
    let snapshot = workspace(&[
        ("api/resolvers.js", resolvers),
        ("api/schema.graphql", SCHEMA),
        ("web/screen.ts", web),
    ]);
    assert_eq!(
        links(&snapshot),
        ["api/user implements api/Query.user Query.user", "web/Screen reaches api/user Query.user",]
    );
}

#[test]
fn graphql_of_two_services_is_a_tie_and_of_two_folders_is_not() {
    let resolver = "package graph\ntype queryResolver struct{}\nfunc (r *queryResolver) User(id string) string { return id }\n";
    let query = "query { user(id: 1) { id } }\n";
    let snapshot = workspace(&[
        ("one/a/resolver.go", resolver),
        ("one/a/schema.graphql", SCHEMA),
        ("one/a/user.graphql", query),
        ("one/b/resolver.go", resolver),
        ("one/b/schema.graphql", SCHEMA),
        ("two/resolver.go", resolver),
        ("two/schema.graphql", SCHEMA),
        ("web/user.graphql", query),
    ]);
    let found = links(&snapshot);
    assert_eq!(found.iter().filter(|it| it.contains(" reaches ")).count(), 1, "{found:#?}");
    assert_eq!(found.iter().filter(|it| it.contains(" implements ")).count(), 3, "{found:#?}");
}

#[test]
fn rails_routes_are_read_from_the_outside_in() {
    let routes = "Rails.application.routes.draw do
  namespace :api do
    resources :orders, only: [:index, :show] do
      member { post :cancel }
      get :late, on: :collection
      resources :items
    end
    resources :drafts, only: %i[index]
    concern(:noted) { get :notes }
    scope \"/v2\", module: \"v2\" do
      patch \"users/:id\", to: \"users#update\"
    end
  end
  scope \"(:locale)\" do
    post \"login\" => \"sessions#create\"
  end
  devise_for :people, only: :sessions
end
";
    let class = |module: &str, name: &str, methods: &[&str]| {
        let methods: String = methods.iter().map(|it| format!("  def {it}; end\n")).collect();
        format!("class {module}{name}Controller < ApplicationController\n{methods}end\n")
    };
    let (orders, items) = (
        class("Api::", "Orders", &["index", "show", "cancel", "late"]),
        class("Api::", "Items", &["create"]),
    );
    let drafts = class("Api::", "Drafts", &["index", "show"]);
    let (users, sessions) =
        (class("Api::V2::", "Users", &["update"]), class("", "Sessions", &["create"]));
    let snapshot = workspace(&[
        ("shop/app/controllers/api/drafts_controller.rb", &drafts),
        ("shop/app/controllers/api/items_controller.rb", &items),
        ("shop/app/controllers/api/orders_controller.rb", &orders),
        ("shop/app/controllers/api/v2/users_controller.rb", &users),
        ("shop/app/controllers/sessions_controller.rb", &sessions),
        ("shop/config/routes.rb", routes),
    ]);
    assert_eq!(
        keys(&snapshot),
        [
            "DELETE /people/sign_out routes.rb",
            "GET /api/drafts index",
            "GET /api/orders index",
            "GET /api/orders/late late",
            "GET /api/orders/{} show",
            "PATCH /api/v2/users/{} update",
            "POST /api/orders/{}/cancel cancel",
            "POST /api/orders/{}/items create",
            "POST /login create",
            "POST /people/sign_in routes.rb",
        ]
    );
}

#[test]
fn rails_concerns_shallow_items_and_engines_stand_where_they_are_used() {
    let routes = "Rails.application.routes.draw do
  concern :noted do
    resources :notes, only: :index
  end
  resources :posts, only: [:index], concerns: :noted
  namespace :admin do
    resources :shops, only: [:show], shallow: true do
      concerns :noted
      resources :orders
    end
  end
  mount Blog::Engine => \"/blog\"
  scope \"/inner\" do
    mount Wiki::Engine, at: \"/wiki\"
  end
end
";
    let class = |name: &str, methods: &[&str]| {
        let methods: String = methods.iter().map(|it| format!("  def {it}; end\n")).collect();
        format!("class {name}Controller\n{methods}end\n")
    };
    let snapshot = workspace(&[
        ("shop/app/controllers/admin/notes_controller.rb", &class("Admin::Notes", &["index"])),
        (
            "shop/app/controllers/admin/orders_controller.rb",
            &class("Admin::Orders", &["create", "show"]),
        ),
        ("shop/app/controllers/admin/shops_controller.rb", &class("Admin::Shops", &["show"])),
        ("shop/app/controllers/notes_controller.rb", &class("Notes", &["index"])),
        ("shop/app/controllers/posts_controller.rb", &class("Posts", &["index"])),
        ("shop/config/routes.rb", routes),
        ("blog/app/controllers/blog/entries_controller.rb", &class("Blog::Entries", &["index"])),
        ("blog/config/routes.rb", "Blog::Engine.routes.draw do\n  resources :entries\nend\n"),
        ("wiki/app/controllers/wiki/pages_controller.rb", &class("Wiki::Pages", &["show"])),
        (
            "wiki/config/routes.rb",
            "Wiki::Engine.routes.draw do\n  get \"page/:id\", to: \"pages#show\"\nend\n",
        ),
        (
            "alone/config/routes.rb",
            "Alone::Engine.routes.draw do\n  get \"x/:id\", to: \"pages#show\"\nend\n",
        ),
    ]);
    assert_eq!(
        keys(&snapshot),
        [
            "GET /admin/orders/{} show",
            "GET /admin/shops/{} show",
            "GET /admin/shops/{}/notes index",
            "GET /blog/entries index",
            "GET /inner/wiki/page/{} show",
            "GET /posts index",
            "GET /posts/{}/notes index",
            "POST /admin/shops/{}/orders create",
        ]
    );
}

/// Keys with the names of their symbols.
fn keys(snapshot: &Snapshot) -> Vec<String> {
    let all = snapshot.keys();
    let mut keys: Vec<String> =
        all.iter().map(|key| format!("{} {}", key.text, snapshot.name(key.symbol))).collect();
    keys.sort();
    keys
}

#[test]
fn files_of_laravel_routes_stand_where_their_group_is() {
    let provider = "<?php
namespace App\\Providers;
use Illuminate\\Support\\Facades\\Route;
class RouteServiceProvider {
    public function boot() {
        Route::prefix('api')->middleware('api')->group(base_path('routes/api.php'));
    }
}
";
    let routes = "<?php
use App\\Http\\Controllers\\OrderController;
use Illuminate\\Support\\Facades\\Route;
Route::apiResource('orders', OrderController::class);
Route::get('/items/{id}', [OrderController::class, 'item']);
";
    let controller = "<?php
namespace App\\Http\\Controllers;
class OrderController {
    public function index() {}
    public function show($id) {}
    public function item($id) {}
}
";
    let started = "<?php
use Illuminate\\Foundation\\Application;
return Application::configure(basePath: dirname(__DIR__))
    ->withRouting(web: __DIR__.'/../routes/web.php', api: __DIR__.'/../routes/api.php', health: '/up')
    ->create();
";
    for (path, text) in [
        ("shop/app/Providers/RouteServiceProvider.php", provider),
        ("shop/bootstrap/app.php", started),
    ] {
        let snapshot = workspace(&[
            (path, text),
            ("shop/app/Http/Controllers/OrderController.php", controller),
            ("shop/composer.json", "{\"autoload\": {\"psr-4\": {\"App\\\\\": \"app/\"}}}"),
            ("shop/routes/api.php", routes),
        ]);
        assert_eq!(
            keys(&snapshot),
            ["GET /api/items/{} item", "GET /api/orders index", "GET /api/orders/{} show"],
            "{path}"
        );
    }
}

#[test]
fn clients_generated_from_openapi_ask_what_they_write_down() {
    let files = [
        (
            "codegen/services/Orders.ts",
            "/* generated using openapi-typescript-codegen -- do not edit */
import { OpenAPI } from '../core/OpenAPI';
import { request as __request } from '../core/request';
export class Orders {
  public static show(id: number) {
    return __request(OpenAPI, { method: 'GET', url: '/orders/{id}', path: { 'id': id } });
  }
}
",
        ),
        (
            "axios/api.ts",
            "/** OpenAPI Shop. NOTE: This class is auto generated by OpenAPI Generator */
export const OrdersParams = function (configuration) {
  return {
    cancel: async (id: string) => {
      const localVarPath = `/orders/{id}/cancel`.replace(`{${\"id\"}}`, encodeURIComponent(String(id)));
      const localVarRequestOptions = { method: 'POST', ...baseOptions, ...options };
      return { url: localVarPath, options: localVarRequestOptions };
    },
  };
};
",
        ),
        (
            "python/orders_api.py",
            "# This file is generated by OpenAPI Generator
class OrdersApi:
    def remove(self, id):
        return self.api_client.param_serialize(method='DELETE', resource_path='/orders/{id}')

    def listed(self):
        return self.api_client.call_api('/orders', 'GET', {}, [])
",
        ),
        (
            "java/OrdersApi.java",
            "// OpenAPI Shop: auto generated by OpenAPI Generator
class OrdersApi {
    okhttp3.Call saveCall(String id) {
        String localVarPath = \"/orders/{id}\".replace(\"{\" + \"id\" + \"}\", localVarApiClient.escapeString(id));
        return localVarApiClient.buildCall(basePath, localVarPath, \"PUT\", params);
    }
}
",
        ),
        (
            "go/api_orders.go",
            "// Code generated by OpenAPI Generator. DO NOT EDIT.
package shop

import (
	\"net/http\"
	\"strings\"
)

func (a *OrdersService) ShowExecute(r Request) {
	localVarHTTPMethod := http.MethodGet
	localVarPath := localBasePath + \"/orders/{id}\"
	localVarPath = strings.Replace(localVarPath, \"{id}\", r.id, -1)
	a.client.prepareRequest(r.ctx, localVarPath, localVarHTTPMethod)
}
",
        ),
        (
            "hey/sdk.gen.ts",
            "// This file is auto-generated by @hey-api/openapi-ts
export const listOrders = (options) => (options?.client ?? client).get({ url: '/orders', ...options });
",
        ),
        ("plain/api.ts", "export const f = (request) => request({ method: 'GET', url: '/orders' });\n"),
    ];
    let snapshot = workspace(&files);
    assert_eq!(
        keys(&snapshot),
        [
            "DELETE /orders/{} remove",
            "GET /orders listOrders",
            "GET /orders listed",
            "GET /orders/{} ShowExecute",
            "GET /orders/{} show",
            "POST /orders/{}/cancel cancel",
            "PUT /orders/{} saveCall",
        ]
    );
}

#[test]
fn configuration_is_read_where_it_is_set() {
    let read = "package shop;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.ConfigurationProperties;
class Settings {
    @Value(\"${orders.url:http://orders}\") String url;
    Settings(@Value(\"${orders.retry.times}\") int times) {}
}
@ConfigurationProperties(prefix = \"mail\")
class Mail { String host; }
";
    let server = "import org.springframework.boot.context.properties.ConfigurationProperties;
@ConfigurationProperties(\"mail.server\")
class Server { String host; }
";
    let own = "orders:
  url: http://${ORDERS_HOST:localhost}/v1
  retry:
    times: 3
unread:
  key: 1
";
    let compose = "services:
  shop:
    environment:
      ORDERS_HOST: orders
";
    let template = "kind: Deployment
spec:
  containers:
    - name: shop
      image: {{ .Values.image.tag }}
      env:
        - name: SHOP_MODE
          value: {{ .Values.mode | quote }}
        {{- if .Values.debug }}
        - name: SHOP_DEBUG
          value: \"1\"
        {{- end }}
      ports:
        - name: HTTP
";
    let snapshot = workspace(&[
        ("all/compose.yml", compose),
        ("all/mail/src/main/resources/application.properties", "orders.url=http://other\n"),
        ("all/shop/src/main/java/shop/Settings.java", read),
        ("all/shop/src/main/resources/application.yml", own),
        ("all/charts/shop/templates/deployment.yaml", template),
        ("all/charts/shop/values.yaml", "image:\n  tag: 1\nmode: dark\n"),
        (
            "all/shop/mode.js",
            "exports.mode = process.env.SHOP_MODE;\nexports.http = process.env.HTTP;\n",
        ),
        ("configuration/config/shop.yml", "mail:\n  server:\n    host: x\n"),
        ("shop/src/Server.java", server),
    ]);
    assert_eq!(
        links(&snapshot),
        [
            "all/<module> reads all/Deployment.shop SHOP_MODE",
            "all/Deployment.shop reads all/image.tag Values.image.tag",
            "all/Deployment.shop reads all/mode Values.mode",
            "all/Settings.Settings reads all/orders.retry orders.retry.times",
            "all/Settings.url reads all/orders.url orders.url",
            "all/orders.url reads all/services.shop ORDERS_HOST",
            "shop/Server reads configuration/mail.server mail.server.",
        ]
    );
    assert!(keys(&snapshot).iter().all(|key| !key.starts_with("unread.")));
}

#[test]
fn names_of_one_place_and_of_everybody_join_nobody_else() {
    let chat = "import { Server, Socket } from \"socket.io\";
const server = new Server();
function listen(socket: Socket) {
  socket.on(\"message\", function heard(text) {});
  socket.on(\"disconnect\", function gone() {});
}
";
    let client = "import { io } from \"socket.io-client\";
const socket = io(\"http://chat\");
export function say(text) { socket.emit(\"message\", text); }
export function leave() { socket.emit(\"disconnect\"); }
";
    let job = "class ReportJob\n  include Sidekiq::Job\n  def perform(id); end\nend\nclass Push\n  def push; ReportJob.perform_async(1); end\nend\n";
    let query = "query { me { id } other { id } third { id } }\n";
    let schema = "type Query { me: User }\ntype User { id: ID }\n";
    let snapshot = workspace(&[
        ("api/schema.graphql", schema),
        ("east/chat.ts", chat),
        ("east/job.rb", job),
        ("site/query.graphql", query),
        ("web/client.ts", client),
        ("west/chat.ts", chat),
        ("west/job.rb", job),
    ]);
    assert_eq!(
        links(&snapshot),
        [
            "east/Push.push reaches east/ReportJob.perform sidekiq:ReportJob",
            "west/Push.push reaches west/ReportJob.perform sidekiq:ReportJob",
        ]
    );
}

#[test]
fn two_servers_of_one_route_are_a_tie_unless_the_host_says_which() {
    let server =
        "const app = require(\"express\")();\napp.get(\"/orders\", function list(req, res) {});\n";
    let client = "const axios = require(\"axios\");
exports.any = () => axios.get(\"/orders\");
exports.old = () => axios.get(\"http://legacy:80/orders\");
";
    let snapshot = workspace(&[
        ("legacy/server.js", server),
        ("modern/server.js", server),
        ("web/client.js", client),
    ]);
    assert_eq!(links(&snapshot), ["web/old reaches legacy/list GET /orders"]);
    assert_eq!(drifts(&snapshot), [""; 0]);
}

#[test]
fn what_has_come_apart_is_said_and_what_is_elsewhere_is_not() {
    let server = "from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()

class Item(BaseModel):
    name: str
    unit_price: int
    note: str = \"\"

@app.get(\"/items/{id}\")
def show(id: int): ...

@app.post(\"/items\")
def create(item: Item): ...
";
    let client = "import axios from \"axios\";
export const show = (id) => axios.get(`/items/${id}`);
export const lacking = (name) => axios.post(\"/items\", { name });
export const renamed = (name, unitPrice) => axios.post(\"/items\", { name, unitPrice });
export const wrapped = (item) => axios.post(\"/items\", { item: item });
export const spread = (item) => axios.post(\"/items\", { ...item });
export const drop = (id) => axios.delete(`/items/${id}`);
export const gone = () => axios.get(\"/items/1/history\");
export const elsewhere = () => axios.get(\"/weather\");
export const outside = () => axios.get(\"https://api.github.com/items/1/2\");
export const head = (id) => axios.head(`/items/${id}`);
export const hook = () => axios.post(\"/items\", { type: 1, data: { name: 2 } });
export function later(name, price) {
  const body = { name };
  body.unit_price = price;
  return axios.post(\"/items\", body);
}
";
    let web =
        "{\"name\": \"web\", \"dependencies\": {\"shop-lib\": \"^2.0.0\", \"shop-kit\": \"1.x\"}}";
    let snapshot = workspace(&[
        ("api/main.py", server),
        ("kit/package.json", "{\"name\": \"shop-kit\", \"version\": \"1.7.0\"}"),
        ("lib/package.json", "{\"name\": \"shop-lib\", \"version\": \"1.4.0\"}"),
        ("web/client.js", client),
        ("web/package.json", web),
    ]);
    assert_eq!(
        drifts(&snapshot),
        [
            "Field lacking POST /items : unit_price",
            "Method drop DELETE /items/{} : GET",
            "Route gone GET /items/1/history : GET /items/{}",
            "Version <module> npm:shop-lib ^2.0.0 : 1.4.0",
        ]
    );
}

#[test]
fn bodies_are_held_against_contracts_and_classes() {
    let contract = "openapi: 3.0.0
paths:
  /orders:
    post:
      operationId: order
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Order'}
components:
  schemas:
    Order:
      required: [amount, currency]
      properties:
        amount: {type: integer}
        currency: {type: string}
        note: {type: string}
";
    let nest = "import { Body, Controller, Post } from \"@nestjs/common\";
class CreateUser {
  name: string; mail: string; nick?: string; age: number | undefined;
  @IsOptional() note: string;
}
class Me { id: string; name: string; }
@Controller(\"users\")
export class Users {
  @Post() create(@Body() user: CreateUser) {}
  @Post(\"me\") me(@CurrentUser() me: Me, @Body() body: any) {}
}
";
    let client = "import requests
def order():
    requests.post(\"http://shop/orders\", json={\"amount\": 1})
def user():
    requests.post(\"http://people/users\", json={\"name\": \"a\", \"nick\": \"b\"})
def me():
    requests.post(\"http://people/users/me\", json={\"name\": \"a\"})
";
    let snapshot = workspace(&[
        ("client/main.py", client),
        ("people/users.ts", nest),
        ("shop/openapi.yaml", contract),
    ]);
    assert_eq!(
        drifts(&snapshot),
        ["Field order POST /orders : currency", "Field user POST /users : mail"]
    );
}

const SERVICE: &str = "const app = require(\"express\")();
app.get(\"/list\", function list(req, res) {});
app.get(\"/current\", function current(req, res) {});
app.get(\"/api/users/:id\", function show(req, res) {});
";

#[test]
fn gateways_say_which_server_is_meant_and_never_link_by_themselves() {
    let nginx = "upstream people { server users:9000; }
server {
  listen 80; # location /list { proxy_pass http://users; }
  location /api/orders/ { proxy_set_header Host $host; proxy_pass http://orders:8080/; }
  location ~ ^/api/users/(.*)$ { proxy_pass http://people; }
  location /static/ { root /var/www; }
}
";
    let gateway = "spring:
  cloud:
    gateway:
      routes:
        - id: a
          uri: lb://orders
          predicates:
            - Path=/shop/**
          filters:
            - StripPrefix=1
zuul:
  routes:
    users:
      path: /people/**
      stripPrefix: false
";
    let proxy = "{ proxy: { \"/dev\": { target: \"http://users:3000\", rewrite: (path) => path.replace(/^\\/dev/, \"\") } } }";
    let client = "const axios = require(\"axios\");
exports.list = () => axios.get(\"/api/orders/list\");
exports.show = (id) => axios.get(`/api/users/${id}`);
exports.shop = () => axios.get(\"/shop/list\");
exports.people = () => axios.get(\"/people/current\");
exports.dev = () => axios.get(\"/dev/list\");
exports.tie = () => axios.get(\"/list\");
exports.nowhere = () => axios.get(\"/api/orders/nothing\");
";
    let configurations = [
        (
            "web/vite.config.ts",
            format!(
                "import {{ defineConfig }} from \"vite\";\nexport default defineConfig({{ server: {proxy} }});\n"
            ),
        ),
        ("web/vite.config.mjs", format!("export default {{ server: {proxy} }};\n")),
        ("web/vue.config.js", format!("module.exports = {{ devServer: {proxy} }};\n")),
    ];
    for (path, configuration) in configurations {
        let snapshot = workspace(&[
            ("edge/gateway/src/application.yml", gateway),
            ("edge/nginx.conf", nginx),
            ("orders/server.js", SERVICE),
            ("users/server.js", SERVICE),
            ("web/client.js", client),
            (path, &configuration),
        ]);
        assert_eq!(
            links(&snapshot),
            [
                "web/dev reaches users/list GET /list",
                "web/list reaches orders/list GET /list",
                "web/people reaches users/current GET /current",
                "web/shop reaches orders/list GET /list",
                "web/show reaches users/show GET /api/users/{}",
            ],
            "{path}"
        );
    }
}

/// What a pattern or a rewriting function makes of a path must be written down, and another
/// repository's folder is no service.
#[test]
fn gateways_that_cannot_be_read_say_nothing() {
    let nginx = "server {
  location ~ ^/(list|media)/ { proxy_pass http://users; }
  location = /current { proxy_pass http://users; }
  location /cut/ { if ($request_method = OPTIONS){ return 204; } proxy_pass http://orders/; }
  \u{a0}location /odd/ { proxy_pass http://orders/; }
}
";
    let vite = "import { defineConfig } from \"vite\";
export default defineConfig({
  server: { proxy: { \"/dev\": { target: \"http://users:3000\", rewrite: (path) => path.slice(4) } } },
});
";
    let client = "const axios = require(\"axios\");
exports.list = () => axios.get(\"/list\");
exports.current = () => axios.get(\"/current\");
exports.cut = () => axios.get(\"/cut/list\");
exports.dev = () => axios.get(\"/dev/list\");
exports.backend = () => axios.get(\"/api/list\");
";
    let other = "server { location /api/ { proxy_pass http://backend:8000/; } }\n";
    let snapshot = workspace(&[
        ("orders/server.js", SERVICE),
        ("todo/backend/server.js", SERVICE),
        ("todo/nginx.conf", other),
        ("users/server.js", SERVICE),
        ("web/client.js", client),
        ("web/nginx.conf", nginx),
        ("web/vite.config.ts", vite),
    ]);
    assert_eq!(links(&snapshot), ["web/cut reaches orders/list GET /list"]);
}

#[test]
fn gateways_that_say_different_things_are_not_believed() {
    let to = |service: &str| {
        format!("server {{ location /api/ {{ proxy_pass http://{service}/; }} }}\n")
    };
    let client =
        "const axios = require(\"axios\");\nexports.list = () => axios.get(\"/api/list\");\n";
    let (one, other) = (to("orders"), to("users"));
    let snapshot = workspace(&[
        ("east/nginx.conf", &one),
        ("orders/server.js", SERVICE),
        ("users/server.js", SERVICE),
        ("web/client.js", client),
        ("west/nginx.conf", &other),
    ]);
    assert_eq!(links(&snapshot), [""; 0]);
}

#[test]
fn jobs_and_queues_go_by_their_names() {
    let job = "class MailJob\n  include Sidekiq::Job\n  def perform(id); end\nend\n";
    let push = "class Order\n  def settle; MailJob.perform_async(id); end\n  def other; job.perform_async(1); end\nend\n";
    let send = "import boto3\nsqs = boto3.client('sqs')\ndef place(order):\n    sqs.send_message(QueueUrl='orders', MessageBody=order)\n";
    let take = "import io.awspring.cloud.sqs.annotation.SqsListener;\nclass Orders { @SqsListener(\"orders\") void placed(String order) {} }\n";
    let snapshot = workspace(&[
        ("mails/mail_job.rb", job),
        ("orders/order.rb", push),
        ("orders/place.py", send),
        ("stock/Orders.java", take),
    ]);
    assert_eq!(
        links(&snapshot),
        [
            "orders/Order.settle reaches mails/MailJob.perform sidekiq:MailJob",
            "orders/place reaches stock/Orders.placed sqs:orders",
        ]
    );
}

/// `function verb target` of every read and write that a rule about records found.
pub fn records(snapshot: &Snapshot, rule: &str) -> Vec<String> {
    let mut all: Vec<String> = snapshot
        .symbols()
        .flat_map(|symbol| snapshot.edges(symbol, Direction::Out))
        .filter(|edge| edge.rule == rule)
        .map(|edge| {
            let name = |symbol| snapshot.qualified_name(symbol).to_owned();
            format!("{} {} {}", name(edge.from), edge.kind.name(), name(edge.to))
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn records_without_fields_have_the_columns_of_their_tables() {
    let schema = "ActiveRecord::Schema.define(version: 1) do
  create_table \"accounts\", force: :cascade do |t|
    t.string \"owner\"
    t.decimal \"balance\"
  end
  create_table \"people\" do |t|
    t.string \"name\"
  end
end
";
    let code = "class Account < ApplicationRecord
end
class Person < ApplicationRecord
end
class Bank
  def open(owner)
    Account.create!(owner: owner, balance: 0)
  end

  def rename(id)
    Person.find(id).update(name: \"x\")
  end
end
";
    let snapshot = workspace(&[("bank/app/models/bank.rb", code), ("bank/db/schema.rb", schema)]);
    assert_eq!(
        records(&snapshot, "activerecord"),
        [
            "Bank.open writes Account",
            "Bank.open writes accounts.balance",
            "Bank.open writes accounts.owner",
            "Bank.rename writes Person",
            "Bank.rename writes people.name",
        ]
    );
}

#[test]
fn prisma_calls_write_the_fields_of_the_schema() {
    let schema = "// Who may log in.
model User {
  id       Int    @id @default(autoincrement())
  email    String @unique // \"x\"
  password String
  posts    BlogPost[]
  @@map(\"users\")
}

model BlogPost {
  id     Int  @id
  author User @relation(fields: [authorId], references: [id])
  authorId Int
}

enum Role {
  ADMIN
}
";
    let migration = "CREATE TABLE users (id INT PRIMARY KEY, email TEXT, password TEXT);\n";
    let code = "import { PrismaClient } from '@prisma/client';
export const prisma = new PrismaClient();
export async function register(email, password) {
  return prisma.user.create({ data: { email, password } });
}
export async function drop(id) {
  await prisma.blogPost.delete({ where: { id } });
}
";
    let other = "export const user = { create() {} };\nexport const f = () => user.create({ data: { email: 1 } });\n";
    let snapshot = workspace(&[
        ("api/prisma/migrations/1/migration.sql", migration),
        ("api/prisma/schema.prisma", schema),
        ("api/src/other.ts", other),
        ("api/src/users.ts", code),
    ]);
    assert_eq!(
        records(&snapshot, "prisma"),
        [
            "drop writes BlogPost",
            "register writes User",
            "register writes User.email",
            "register writes User.password",
        ]
    );
    assert_eq!(
        records(&snapshot, "orm/column"),
        [
            "User.email maps_to users.email",
            "User.id maps_to users.id",
            "User.password maps_to users.password",
        ]
    );
}

/// What only a convention, a common name or a word in a comment says joins nobody.
#[test]
fn guesses_join_nobody() {
    let server = "\"\"\"The OpenAPI document is generated from this file.\"\"\"
from fastapi import FastAPI
app = FastAPI()

@app.get(path=\"/orders\")
def listed(): ...
";
    let bus = "const EventEmitter = require(\"events\");
class Bus extends EventEmitter {}
const a = new Bus(), b = new Bus();
function heard() {}
a.on(\"paid\", heard);
function tell() { b.emit(\"paid\"); }
function made() { const e = new EventEmitter(); return e; }
const c = made(), d = made();
c.on(\"sold\", heard);
function sell() { d.emit(\"sold\"); }
";
    let schema = "model User {\n  id Int @id\n}\n";
    let prisma = "import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export const f = () => prisma.user.create({ data: { id: 1 } });
";
    let snapshot = workspace(&[
        ("api/server.py", server),
        ("bus/bus.js", bus),
        ("elsewhere/schema.prisma", schema),
        ("rails/app/models/order.rb", "class Order < ApplicationRecord\nend\n"),
        ("scripts/clean.py", "def drop(db): db.execute(\"DELETE FROM orders WHERE id = 1\")\n"),
        ("web/users.ts", prisma),
    ]);
    // Objects of one class may be different ones: that is likely at most.
    let all: Vec<_> = snapshot.links().filter(|edge| edge.key.is_some()).collect();
    assert_eq!(all.len(), 1, "{:#?}", links(&snapshot));
    assert_eq!((snapshot.name(all[0].from), all[0].tier), ("tell", qf_graph::Tier::Likely));
    assert!(records(&snapshot, "prisma").is_empty());
    assert!(records(&snapshot, "sql/statement").is_empty());
    assert!(snapshot.keys().iter().all(|key| key.provides || key.text.starts_with("events:")));
}

#[test]
fn a_service_of_a_repository_has_the_schema_beside_it() {
    let schema = "model User {\n  id Int @id\n  name String\n}\n";
    let code = "import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export const rename = () => prisma.user.update({ data: { name: \"x\" } });
";
    let snapshot = workspace(&[
        ("all/services/a/prisma/schema.prisma", schema),
        ("all/services/a/src/users.ts", code),
        ("all/services/b/prisma/schema.prisma", schema),
    ]);
    let written: Vec<String> = snapshot
        .symbols()
        .flat_map(|symbol| snapshot.edges(symbol, Direction::Out))
        .filter(|edge| edge.rule == "prisma")
        .map(|edge| snapshot.display_path(snapshot.file(edge.to)))
        .collect();
    assert_eq!(written.len(), 2, "{written:?}");
    assert!(written.iter().all(|path| path.contains("/a/")), "{written:?}");
}

#[test]
fn what_may_be_of_two_models_writes_both_less_surely() {
    let code = "from django.db import models

class Order(models.Model):
    total = models.IntegerField()

class Audit(models.Model):
    total = models.IntegerField()

def run(x):
    thing = Order() if x else Audit()
    thing.save()
";
    let snapshot = workspace(&[("shop/models.py", code)]);
    let saved = records(&snapshot, "django-orm");
    assert!(saved.contains(&"run writes Order".to_owned()), "{saved:?}");
    assert!(saved.contains(&"run writes Audit".to_owned()), "{saved:?}");
}

#[test]
fn what_one_service_is_given_is_not_what_another_reads() {
    let compose = "services:
  front:
    environment:
      PORT: 1
  proxy:
    environment:
      PROXY_PORT: 2
";
    let read = "exports.port = process.env.PROXY_PORT;\n";
    let snapshot = workspace(&[
        ("all/compose.yml", compose),
        ("all/front/server.js", read),
        ("all/proxy/server.js", read),
        ("all/tools/check.js", read),
    ]);
    let readers: Vec<String> = snapshot
        .symbols()
        .flat_map(|symbol| snapshot.edges(symbol, Direction::Out))
        .filter(|edge| edge.key.is_some_and(|(_, text)| text == "PROXY_PORT"))
        .map(|edge| snapshot.display_path(edge.file))
        .collect();
    assert_eq!(readers, ["all/proxy/server.js", "all/tools/check.js"]);
}

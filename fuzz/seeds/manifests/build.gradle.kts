dependencies {
    implementation("a:b:1.0")
    implementation(libs.foo.bar)
    implementation(project(":c"))
}

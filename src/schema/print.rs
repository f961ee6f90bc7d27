//! Prints the shapes of all documents as one JSON Schema.

fn main() {
    println!("{:#}", tidegate::schema::documents());
}

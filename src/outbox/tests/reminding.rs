//! The letter that reminds of an access review.

use onesql::params;

use super::{House, NASTY, NOW, stored};
use crate::base::ReviewId;
use crate::outbox::{LetterKind, Stored, subject};

/// MEM-14: a reminder says which review, where, until when and how much is left; names link nowhere.
#[tokio::test]
async fn reminders_say_which_review_and_how_much_is_left() {
    let house = House::open(&[], "Halden Freight").await;
    let account = house.account("Mara").await;
    let mut all = Vec::new();
    for (name, kept, generation) in [
        ("Spring", 3_i64, LetterKind::DUE_SOON),
        ("Spring", 7, LetterKind::OVERDUE),
        (NASTY, 0, LetterKind::OVERDUE),
    ] {
        let review = house.app.random.uuid(house.app.now());
        house
            .run(
                "INSERT INTO reviews (id, organization_id, name, scope, state, total, kept, removed, due_at, started_by,
                   started_by_name, created_at, version)
                 VALUES ($1, $2, $3, '{}', 'open', 7, $4, 0, $5, $6, 'Mara', 0, 1)",
                params![review, house.organization, name, kept, NOW, account],
            )
            .await;
        let letter = Stored { kind: LetterKind::Review, subject: review, generation, ..stored() };
        let mut reader = house.app.db.reader();
        let composed = subject::compose(&mut reader, &house.app, &letter, NOW).await.unwrap().unwrap();
        assert!(composed.is_live);
        let text = composed.text;
        assert!(!text.html.contains("http://evil") && !text.plain.contains("evil.example"), "{}", text.html);
        let id = ReviewId(review).to_string();
        all.push(format!("Subject: {}\n\n{}", text.subject, text.plain).replace(&id, "rev_1"));
    }
    insta::assert_snapshot!(all.join("\n=====\n"));
}

//! Paths without the points that do not bend them. Series on whole pixels are
//! level for long stretches; a canvas call for each of their points is the most
//! expensive part of a chart.

/// A point on whole pixels.
pub type Pixel = (i32, i32);

/// The same path with fewer points: a point on the straight way from the one
/// before to the one after is left out. Turns back are kept, so that a spike of
/// one column keeps its tip. O(points), exact.
pub fn straightened(path: impl Iterator<Item = Pixel>) -> impl Iterator<Item = Pixel> {
    Straightened { path, from: None, held: None }
}

struct Straightened<I> {
    path: I,
    /// The point given out last.
    from: Option<Pixel>,
    /// The point after it, left out if the next one lies straight ahead.
    held: Option<Pixel>,
}

impl<I: Iterator<Item = Pixel>> Iterator for Straightened<I> {
    type Item = Pixel;

    fn next(&mut self) -> Option<Pixel> {
        loop {
            let Some(next) = self.path.next() else { return self.held.take() };
            let Some(held) = self.held.replace(next) else { continue };
            if self.from.is_none_or(|from| !is_on_the_way(from, held, next)) {
                self.from = Some(held);
                return Some(held);
            }
        }
    }
}

/// Whether `middle` lies between the two others, on the line through them.
fn is_on_the_way(from: Pixel, middle: Pixel, to: Pixel) -> bool {
    let step = |a: Pixel, b: Pixel| (i64::from(b.0) - i64::from(a.0), i64::from(b.1) - i64::from(a.1));
    let (first, second) = (step(from, middle), step(middle, to));
    first.0 * second.1 == first.1 * second.0 && first.0 * second.0 + first.1 * second.1 >= 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(path: &[Pixel]) -> Vec<Pixel> {
        straightened(path.iter().copied()).collect()
    }

    #[test]
    fn straight_stretches_become_two_points() {
        assert_eq!(of(&[(0, 5), (1, 5), (2, 5), (3, 5), (4, 7)]), [(0, 5), (3, 5), (4, 7)]);
        assert_eq!(of(&[(0, 0), (1, 2), (2, 4)]), [(0, 0), (2, 4)]);
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[(1, 1)]), [(1, 1)]);
        assert_eq!(of(&[(1, 1), (1, 1)]), [(1, 1), (1, 1)]);
    }

    #[test]
    fn a_spike_keeps_its_tip() {
        let spike = [(0, 9), (1, 9), (1, 0), (1, 9), (2, 9)];
        assert_eq!(of(&spike), spike);
    }

    /// Every whole pixel that level and upright steps pass, in order.
    fn passed(path: &[Pixel]) -> Vec<Pixel> {
        let mut pixels: Vec<Pixel> = path.first().copied().into_iter().collect();
        for pair in path.windows(2) {
            let ((mut x, mut y), to) = (pair[0], pair[1]);
            while (x, y) != to {
                x += (to.0 - x).signum();
                y += (to.1 - y).signum();
                pixels.push((x, y));
            }
        }
        pixels
    }

    proptest! {
        #[test]
        fn the_same_pixels_in_the_same_order(steps in prop::collection::vec((any::<bool>(), -3..4_i32), 1..60)) {
            let mut at = (0, 0);
            let mut path = vec![at];
            for (level, by) in steps {
                at = if level { (at.0 + by, at.1) } else { (at.0, at.1 + by) };
                path.push(at);
            }
            let fewer = of(&path);
            prop_assert!(fewer.len() <= path.len());
            prop_assert_eq!(passed(&fewer), passed(&path));
        }
    }
}

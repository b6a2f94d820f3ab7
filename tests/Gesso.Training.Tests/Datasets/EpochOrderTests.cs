using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Training.Datasets;

namespace Gesso.Training.Tests.Datasets;

public sealed class EpochOrderTests
{
    [Fact]
    public void Every_epoch_shows_each_picture_as_often_as_it_repeats_and_no_batch_mixes_sizes() => Gen.Select(
        Gen.Int[0, 2].Array[1, 12], Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[0, 3]).Sample((kinds, repeats, batch, epoch) =>
    {
        ImageSize[] sizes = [.. kinds.Select(k => new ImageSize(64 + 16 * k, 64))];
        var order = Order(sizes, [.. kinds.Select(_ => repeats)], new bool[kinds.Length], batch);
        var batches = Batches(order, epoch);
        return batches.All(b => b.Count <= batch && b.Select(s => sizes[s.Picture]).Distinct().Count() == 1)
            && batches.SelectMany(b => b).GroupBy(s => s.Picture).All(g => g.Select(s => s.Repeat).Order().SequenceEqual(Enumerable.Range(0, repeats)))
            && batches.SelectMany(b => b).Count() == kinds.Length * repeats;
    });

    [Fact]
    public void Epochs_differ_in_order_and_any_place_can_be_asked_for_first()
    {
        var sizes = Enumerable.Repeat(new ImageSize(64, 64), 9).ToArray();
        int[] repeats = [.. sizes.Select(_ => 1)];
        var whole = Order(sizes, repeats, new bool[9], 2);
        var first = Batches(whole, 0);
        var third = Batches(whole, 2);

        Assert.NotEqual(first.SelectMany(b => b), third.SelectMany(b => b));
        Assert.Equal(third[1], Order(sizes, repeats, new bool[9], 2).At(2 * whole.BatchesPerEpoch + 1));
    }

    [Fact]
    public void Repeats_epochs_and_steps_are_kohyas_arithmetic()
    {
        // complaint 16 of lora.md §7: 3 pictures × 10 repeats in batches of 4 are 8 batches, one of them short
        var sizes = Enumerable.Repeat(new ImageSize(64, 64), 3).ToArray();

        Assert.Equal(8, Order(sizes, [10, 10, 10], new bool[3], 4).BatchesPerEpoch);
    }

    [Fact]
    public void Regularisation_pictures_are_shown_as_often_as_all_others_together()
    {
        var sizes = Enumerable.Repeat(new ImageSize(64, 64), 5).ToArray();
        bool[] regularisation = [false, false, false, true, true];
        var shown = Batches(Order(sizes, [3, 3, 1, 1, 1], regularisation, 1), 0).SelectMany(b => b).ToList();

        Assert.Equal(14, shown.Count);
        Assert.Equal(7, shown.Count(s => regularisation[s.Picture]));
        Assert.Equal([3, 4], shown.Where(s => regularisation[s.Picture]).GroupBy(s => s.Picture).Select(g => g.Count()).Order());
    }

    private static EpochOrder Order(ImageSize[] sizes, int[] repeats, bool[] regularisation, int batch) =>
        new(sizes, repeats, regularisation, batch, new Randomness(new Seed(3)));

    private static List<IReadOnlyList<Showing>> Batches(EpochOrder order, int epoch) =>
        [.. Enumerable.Range(0, order.BatchesPerEpoch).Select(i => order.At((long)epoch * order.BatchesPerEpoch + i))];
}

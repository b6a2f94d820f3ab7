using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Training;

namespace Gesso.Benchmarks.Styles;

/// <summary>Where a judge that tells several styles says yes or no to one.</summary>
/// <param name="Threshold">Of the style's probability.</param>
/// <param name="Found">Share of the style's real pictures at it and above.</param>
/// <param name="Refused">Share of the other styles' real pictures below it.</param>
internal sealed record StyleCut(double Threshold, double Found, double Refused);

/// <summary>
/// Two networks that were trained on real art only and know nothing of what draws: one tells styles, one tells things. A fifth of the things is kept from the first, a tenth of the
/// pictures from the second, to know how far they can be trusted.
/// </summary>
internal sealed class Judges : IDisposable
{
    private const int ThingSide = 64;
    private const double HeldOutShare = 0.2;
    private const int StyleSteps = 3000;
    private const int ThingSteps = 1500;
    private const int Recipe = 2;                                                           // another number when how they are trained changes

    private readonly PictureNet _styles;
    private readonly PictureNet _things;
    private readonly List<(ArtPicture Picture, Sight Seen)> _seen;

    private Judges(List<ArtPicture> art, string[] things, string folder, Action<string> tell)
    {
        Styles = [.. art.Select(a => a.Style).Distinct().Order(StringComparer.Ordinal)];
        Things = things;
        HeldOut = [.. art.Where(a => Lot(a.Thing) < HeldOutShare)];
        var known = art.Where(a => things.Contains(a.Thing)).ToList();
        var unseen = known.Where(a => Lot($"{a.Style}/{a.Thing}") < 0.1).ToList();
        _styles = new PictureNet(Styles.Count, tint: 0, seed: 1);
        _things = new PictureNet(things.Length, tint: 1, seed: 2);
        string key = Key(art, things);
        Ready(_styles, Path.Combine(folder, $"judge-of-styles-{StyleSteps}-{key}.net"), () =>
        {
            // as many of each style, so that none is likelier than another: small ones are shown more often
            var styles = art.Except(HeldOut).GroupBy(a => a.Style).ToList();
            int each = styles.Max(g => g.Count());
            var seen = styles.SelectMany(g => Enumerable.Repeat(g, each / g.Count() + 1).SelectMany(p => p).Take(each)).ToList();
            tell($"judge of styles: {seen.Distinct().Count()} real pictures; kept as judge-of-styles-{StyleSteps}-{key}.net");
            _styles.Learn([.. seen.Select(a => a.Image)], [.. seen.Select(a => Styles.IndexOf(a.Style))], StyleSteps, tell);
        });
        Ready(_things, Path.Combine(folder, $"judge-of-things-{ThingSteps}-{key}.net"), () =>
        {
            var seen = known.Except(unseen).ToList();
            tell($"judge of things: {seen.Count} real pictures");
            _things.Learn([.. seen.Select(a => Small(a.Image))], [.. seen.Select(a => Array.IndexOf(things, a.Thing))], ThingSteps, tell);
        });
        _seen = [.. HeldOut.Zip(Style([.. HeldOut.Select(a => a.Image)]))];
        StyleAccuracy = _seen.Average(s => Styles[s.Seen.Best] == s.Picture.Style ? 1.0 : 0);
        ThingAccuracy = unseen.Zip(Thing([.. unseen.Select(a => a.Image)]), (a, s) => Things[s.Best] == a.Thing ? 1.0 : 0).Average();
        UnseenPairs = unseen.Count;
    }

    /// <summary>Trains them, or reads them where that was done with the same art.</summary>
    /// <param name="art">Of all styles.</param>
    /// <param name="things">That are told apart.</param>
    /// <param name="folder">Keeps them.</param>
    /// <param name="tell">Hears how far it is.</param>
    public static Judges Prepare(List<ArtPicture> art, string[] things, string folder, Action<string> tell) => new(art, things, folder, tell);

    public List<string> Styles { get; }

    public string[] Things { get; }

    /// <summary>Pictures of things that the judge of styles has never seen.</summary>
    public List<ArtPicture> HeldOut { get; }

    /// <summary>Share of <see cref="HeldOut"/> whose style is told rightly.</summary>
    public double StyleAccuracy { get; }

    /// <summary>Share of <see cref="UnseenPairs"/> pictures whose thing is told rightly, each in a style that it was not learnt in.</summary>
    public double ThingAccuracy { get; }

    public int UnseenPairs { get; }

    /// <summary>
    /// From which probability on a picture counts as of a style: where on real art that the judge has not seen as large a share of the style's pictures is missed as of others is
    /// taken for it. Set on half of the things held out, tried on the other half.
    /// </summary>
    public StyleCut Cut(string style)
    {
        int index = Styles.IndexOf(style);
        var halves = _seen.ToLookup(s => Lot(s.Picture.Thing) < HeldOutShare / 2);
        List<(ArtPicture Picture, Sight Seen)> set = [.. halves[true]], tried = [.. halves[false]];
        double[] scores = [.. set.Select(s => (double)s.Seen.Probabilities[index]).Distinct().Order()];
        int at = Enumerable.Range(1, scores.Length - 1).MinBy(i => Math.Abs(Found(set, scores[i]) - Refused(set, scores[i])));
        double threshold = (scores[at - 1] + scores[at]) / 2;                               // the middle: a style that no other is taken for has a wide gap there
        return new StyleCut(threshold, Found(tried, threshold), Refused(tried, threshold));

        double Found(List<(ArtPicture Picture, Sight Seen)> pictures, double from) =>
            pictures.Where(s => s.Picture.Style == style).Average(s => s.Seen.Probabilities[index] >= from ? 1.0 : 0);

        double Refused(List<(ArtPicture Picture, Sight Seen)> pictures, double from) =>
            pictures.Where(s => s.Picture.Style != style).Average(s => s.Seen.Probabilities[index] < from ? 1.0 : 0);
    }

    public IReadOnlyList<Sight> Style(IReadOnlyList<RasterImage> pictures) => _styles.Look(pictures);

    public IReadOnlyList<Sight> Thing(IReadOnlyList<RasterImage> pictures) => _things.Look([.. pictures.Select(Small)]);

    public void Dispose()
    {
        _styles.Dispose();
        _things.Dispose();
    }

    private static void Ready(PictureNet net, string file, Action learn)
    {
        if (!File.Exists(file))
        {
            learn();
            net.Save(file + ".part");
            File.Move(file + ".part", file);
        }
        net.Load(file);
    }

    private static RasterImage Small(RasterImage picture) => Resampler.Resize(picture, ThingSide, ThingSide);

    /// <summary>A number of 0 to below 1 that a name always draws.</summary>
    private static double Lot(string name) => Randomness.Uniform(new Randomness(new Seed(3)).For(name)).First();

    private static string Key(List<ArtPicture> art, string[] things)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(new { Recipe, things }));
        foreach (var picture in art)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{picture.Style}/{picture.Thing}"));
            hash.AppendData(picture.Image.Pixels);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}

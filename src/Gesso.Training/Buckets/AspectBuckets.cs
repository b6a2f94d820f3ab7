using Gesso.Contracts.Images;

namespace Gesso.Training.Buckets;

/// <summary>Where a picture goes.</summary>
/// <param name="Bucket">The size it is trained at.</param>
/// <param name="Resized">The size it is scaled to, which covers the bucket; then its middle is cut out.</param>
public readonly record struct BucketFit(ImageSize Bucket, ImageSize Resized);

/// <summary>
/// Sizes of about one area and many aspect ratios, and which of them a picture is trained at: so that little is cropped and a batch has one size
/// (kohya-ss/sd-scripts library/model_util.py make_bucket_resolutions, train_util.py BucketManager.select_bucket; number for number).
/// </summary>
public sealed class AspectBuckets
{
    private readonly BucketOptions _options;
    private readonly long _area;

    public AspectBuckets(BucketOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _area = options.Resolution.Pixels;
        Sizes = options.Enabled ? [.. Make(options)] : [options.Resolution];
    }

    /// <summary>Ordered by width, then height. Without enlarging, other sizes occur too: small pictures have buckets of their own.</summary>
    public IReadOnlyList<ImageSize> Sizes { get; }

    /// <param name="picture">Its own size.</param>
    public BucketFit Fit(ImageSize picture) => _options is { Enabled: true, NeverEnlarge: true } ? Shrunk(picture) : Scaled(picture);

    private static IEnumerable<ImageSize> Make(BucketOptions options)
    {
        HashSet<ImageSize> sizes = [];
        int side = (int)Math.Floor(Math.Sqrt(options.Resolution.Pixels) / options.Step) * options.Step;
        sizes.Add(new ImageSize(side, side));
        for (int width = options.Shortest; width <= options.Longest; width += options.Step)
        {
            int height = (int)Math.Min(options.Longest, options.Resolution.Pixels / width / options.Step * options.Step);
            if (height < options.Shortest)
                continue;
            sizes.Add(new ImageSize(width, height));
            sizes.Add(new ImageSize(height, width));
        }
        return sizes.OrderBy(s => s.Width).ThenBy(s => s.Height);
    }

    /// <summary>The bucket of this very size, else of the nearest aspect ratio (the first of equals); the picture is scaled up or down to cover it.</summary>
    private BucketFit Scaled(ImageSize picture)
    {
        double aspect = Aspect(picture);
        var bucket = Sizes.Contains(picture) ? picture : Sizes.MinBy(s => Math.Abs(Aspect(s) - aspect));
        double scale = aspect > Aspect(bucket) ? (double)bucket.Height / picture.Height : (double)bucket.Width / picture.Width;
        return new BucketFit(bucket, new ImageSize(Rounded(picture.Width * scale), Rounded(picture.Height * scale)));
    }

    /// <summary>Too large a picture is shrunk to the area, the side that keeps its aspect better to a whole step; then both sides are cropped to whole steps.</summary>
    private BucketFit Shrunk(ImageSize picture)
    {
        var resized = picture;
        if (picture.Pixels > _area)
        {
            double aspect = Aspect(picture);
            double width = Math.Sqrt(_area * aspect), height = _area / width;
            int byWidth = WholeSteps(width), byHeight = WholeSteps(height);
            double aspectByWidth = (double)byWidth / WholeSteps(byWidth / aspect), aspectByHeight = (double)WholeSteps(byHeight * aspect) / byHeight;
            resized = Math.Abs(aspectByWidth - aspect) < Math.Abs(aspectByHeight - aspect)
                ? new ImageSize(byWidth, Rounded(byWidth / aspect))
                : new ImageSize(Rounded(byHeight * aspect), byHeight);
        }
        // where a picture is smaller than one step, it is enlarged to one: kohya makes an empty bucket of it
        if (resized.Width < _options.Step || resized.Height < _options.Step)
        {
            double scale = Math.Max((double)_options.Step / resized.Width, (double)_options.Step / resized.Height);
            resized = new ImageSize(Math.Max(_options.Step, Rounded(resized.Width * scale)), Math.Max(_options.Step, Rounded(resized.Height * scale)));
        }
        return new BucketFit(new ImageSize(resized.Width / _options.Step * _options.Step, resized.Height / _options.Step * _options.Step), resized);
    }

    private int WholeSteps(double pixels) => Rounded(pixels) / _options.Step * _options.Step;

    private static int Rounded(double pixels) => (int)(pixels + 0.5);

    private static double Aspect(ImageSize size) => (double)size.Width / size.Height;
}

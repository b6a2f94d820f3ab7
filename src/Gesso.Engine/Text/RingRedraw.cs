using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Rendering;

namespace Gesso.Engine.Text;

/// <summary>
/// The surface right around laid letters, redrawn a little by the network, which sees the letters and gives them a rim, a shadow, its own grain. The letters and
/// everything further away stay as they are, bit for bit.
/// </summary>
public static class RingRedraw
{
    /// <summary>More would draw other surfaces, and other letters for the ring to go around.</summary>
    public const double Strongest = 0.6;

    /// <summary>Of the picture's shorter side; a cell of the network is 16 pixels wide.</summary>
    private const double Width = 0.02;
    private const int LeastWidth = 10;

    /// <param name="engine">On its own thread, drawing nothing else.</param>
    /// <param name="drawn">What the picture was drawn from, with its seed.</param>
    /// <param name="laid">The picture with its text.</param>
    /// <param name="strength">Above 0 … <see cref="Strongest"/>.</param>
    /// <param name="cancellation">Stops before the next step.</param>
    /// <exception cref="GessoException"><c>out_of_range</c>; as <see cref="ImageEngine.Plan"/>.</exception>
    public static LaidText Apply(ImageEngine engine, ImageRequest drawn, LaidText laid, double strength, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(drawn);
        ArgumentNullException.ThrowIfNull(laid);
        Validate(strength);
        var (plate, lettered) = (TextRenderer.Colored(laid.Plate), laid.Picture);
        int width = Math.Max(LeastWidth, (int)Math.Round(Width * Math.Min(plate.Width, plate.Height)));
        double[] distance = FromInk(plate, lettered);
        byte[] mask = Array.ConvertAll(distance, d => d <= width ? byte.MaxValue : (byte)0);
        var plan = engine.Plan(drawn with
        {
            Size = plate.Size,
            Count = 1,
            InitImage = lettered,
            Mask = new RasterImage(plate.Width, plate.Height, 1, mask),
            Strength = strength,
        });
        var redrawn = engine.Generate(plan, cancellation: cancellation).Last().Result!.Picture;
        byte[] pixels = (byte[])lettered.Pixels.Clone();
        for (int i = 0; i < distance.Length; i++)
        {
            if (distance[i] == 0 || distance[i] > width)
                continue;
            double share = 1 - (distance[i] - 1) / width;
            for (int c = 0; c < 3; c++)
            {
                int at = i * lettered.Channels + c;
                pixels[at] = (byte)Math.Round(plate.Pixels[at] + (redrawn.Pixels[3 * i + c] - plate.Pixels[at]) * share);
            }
        }
        var picture = new RasterImage(lettered.Width, lettered.Height, lettered.Channels, pixels);
        return laid with { Text = laid.Text with { Rendering = laid.Text.Rendering with { Picture = picture } }, Ring = strength };
    }

    /// <exception cref="GessoException"><c>out_of_range</c>.</exception>
    public static void Validate(double strength)
    {
        if (strength is not (> 0 and <= Strongest))
            throw GessoException.Invalid("out_of_range", $"Ring around the text: expected more than 0 and up to {Strongest}, got {strength}.");
    }

    /// <summary>Pixels to the nearest that the text changed, by two passes (Borgefors 1986, weights 1 and √2); 0 on those.</summary>
    private static double[] FromInk(RasterImage plate, RasterImage lettered)
    {
        int width = plate.Width, height = plate.Height;
        double[] distance = new double[width * height];
        for (int i = 0; i < distance.Length; i++)
        {
            bool ink = !plate.Pixels.AsSpan(i * plate.Channels, 3).SequenceEqual(lettered.Pixels.AsSpan(i * lettered.Channels, 3));
            distance[i] = ink ? 0 : double.MaxValue;
        }
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                Nearer(x, y, -1);
        }
        for (int y = height - 1; y >= 0; y--)
        {
            for (int x = width - 1; x >= 0; x--)
                Nearer(x, y, 1);
        }
        return distance;

        void Nearer(int x, int y, int way)
        {
            Through(x, y, way, 0, 1);
            Through(x, y, 0, way, 1);
            Through(x, y, way, way, Math.Sqrt(2));
            Through(x, y, -way, way, Math.Sqrt(2));
        }

        void Through(int x, int y, int dx, int dy, double step)
        {
            if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height)
                distance[y * width + x] = Math.Min(distance[y * width + x], distance[(y + dy) * width + x + dx] + step);
        }
    }
}

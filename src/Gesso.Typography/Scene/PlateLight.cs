using Gesso.Contracts.Images;
using Gesso.Typography.Document;

namespace Gesso.Typography.Scene;

/// <summary>What a plate does to the light that falls on it: shadow and shine without grain, and the grain without them.</summary>
/// <param name="Shade">Light compared with the plate's middle: 1 there, below 1 in shadow.</param>
/// <param name="Residual">Grain of each channel, in bytes.</param>
/// <param name="Sigma">σ of the grain, in bytes.</param>
internal sealed record PlateLight(Plane Shade, IReadOnlyList<Plane> Residual, double Sigma)
{
    /// <summary>Beyond this a plate has a picture or old letters on it, and those must not show through the ink as light.</summary>
    private const float Darkest = 0.12f;
    private const float Brightest = 2.5f;

    /// <summary>Residual beyond so many σ is structure, not grain.</summary>
    private const float MostSigmas = 3.5f;

    public static PlateLight Measure(RasterImage picture, SceneSurface surface, PixelBox box)
    {
        var inside = new Plane(box.Width, box.Height);
        for (int y = 0; y < box.Height; y++)
        {
            for (int x = 0; x < box.Width; x++)
                inside[x, y] = surface.TryLocate(new ScenePoint(box.X + x + 0.5, box.Y + y + 0.5), out _) ? 1 : 0;
        }
        int radius = Math.Clamp((int)(Math.Min(surface.Extent.Width, surface.Extent.Height) * 0.03), 3, 24);
        Plane[] smooth = new Plane[3], residual = new Plane[3];
        double sigma = 0;
        for (int c = 0; c < 3; c++)
        {
            var channel = Plane.Channel(picture, c, box);
            double own = Grain.Sigma(channel, inside);
            sigma = Math.Max(sigma, own);
            smooth[c] = Smoothing.KeepingEdges(channel, inside, radius, 3 * own);
            float most = (float)(MostSigmas * own);
            residual[c] = channel.With(smooth[c], (v, s) => Math.Clamp(v - s, -most, most));
        }
        var light = new Plane(box.Width, box.Height);
        List<float> seen = [];
        for (int i = 0; i < light.Values.Length; i++)
        {
            light.Values[i] = LinearLight.Luminance(Light(smooth[0].Values[i]), Light(smooth[1].Values[i]), Light(smooth[2].Values[i]));
            if (inside.Values[i] > 0)
                seen.Add(light.Values[i]);
        }
        float middle = Math.Max(1e-4f, (float)Grain.Median(seen));
        return new PlateLight(light.Map(v => Math.Clamp(v / middle, Darkest, Brightest)), residual, sigma);
    }

    private static float Light(float value) => (float)LinearLight.Decode(Math.Clamp(value, 0, 255) / 255);
}

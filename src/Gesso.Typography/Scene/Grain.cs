namespace Gesso.Typography.Scene;

/// <summary>How noisy a picture is.</summary>
internal static class Grain
{
    /// <summary>A median of |x| is this part of σ when x is Gaussian.</summary>
    private const double MedianOfGaussian = 0.6745;

    /// <summary>
    /// σ of the noise in a plane's own units (Immerkær, Fast Noise Variance Estimation, 1996, with a median, so edges do not count). Noise that the camera or
    /// the codec has blurred hides from the finest scale, so the next one is asked too.
    /// </summary>
    public static double Sigma(Plane plane, Plane weight)
    {
        double fine = OneScale(plane, weight);
        return plane.Width < 16 || plane.Height < 16 ? fine : Math.Max(fine, 2 * OneScale(Smoothing.Halve(plane), Smoothing.Halve(weight)));
    }

    /// <summary>The median of values; 0 of none.</summary>
    public static double Median(List<float> values)
    {
        if (values.Count == 0)
            return 0;
        values.Sort();
        return values[values.Count / 2];
    }

    private static double OneScale(Plane p, Plane weight)
    {
        List<float> responses = [];
        for (int y = 1; y < p.Height - 1; y++)
        {
            for (int x = 1; x < p.Width - 1; x++)
            {
                if (weight[x, y] < 1)
                    continue;
                float corners = p[x - 1, y - 1] + p[x + 1, y - 1] + p[x - 1, y + 1] + p[x + 1, y + 1];
                float sides = p[x - 1, y] + p[x + 1, y] + p[x, y - 1] + p[x, y + 1];
                responses.Add(Math.Abs(corners - 2 * sides + 4 * p[x, y]));
            }
        }
        return Median(responses) / MedianOfGaussian / 6;                                     // 6: the mask's norm, √36
    }
}

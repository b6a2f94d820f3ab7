using System.Text.Json;
using CsCheck;
using Gesso.Testing;
using Gesso.Training.Losses;

namespace Gesso.Training.Tests.Losses;

public sealed class NoiseLevelsTests
{
    [Fact]
    public void Levels_equal_the_reference()
    {
        int compared = 0;
        foreach (var folder in GoldenFolder.All.Where(f => File.Exists(f.Table("timesteps.json"))))
        {
            using var table = JsonDocument.Parse(File.ReadAllBytes(folder.Table("timesteps.json")));
            double[] Column(string name) => [.. table.RootElement.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
            double[] normals = Column("normals");
            foreach (string name in table.RootElement.EnumerateObject().Select(p => p.Name).Where(n => n != "normals"))
            {
                var (levels, tokens) = Of(name);
                double[] expected = Column(name);
                for (int i = 0; i < normals.Length; i++)
                    Assert.Equal(expected[i], levels.Level(normals[i], tokens), 4e-16);      // two units in the last place of a double
                compared++;
            }
        }
        Assert.NotEqual(0, compared);
    }

    [Fact]
    public void Levels_lie_between_picture_and_noise_and_rise_with_the_draw() => Gen.Select(
        Gen.Enum<TimestepSampling>(), Gen.Double[-6, 6], Gen.Double[0.01, 3], Gen.Int[1, 9000]).Sample((sampling, draw, more, tokens) =>
    {
        var levels = new NoiseLevels { Sampling = sampling, SigmoidScale = 1.2, ShiftFactor = 2.5, LogitMean = 0.3, LogitDeviation = 0.8 };
        if (levels.DrawsUniform)
            (draw, more) = ((draw + 6) / 15, more / 15);
        double low = levels.Level(draw, tokens), high = levels.Level(draw + more, tokens);
        return low is >= 0 and <= 1 && high is >= 0 and <= 1 && low < high;
    });

    [Fact]
    public void Logit_normal_of_the_unit_normal_is_sigmoid() => Gen.Double[-6, 6].Sample(draw =>
        new NoiseLevels { Sampling = TimestepSampling.LogitNormal }.Level(draw, 64) == new NoiseLevels { Sampling = TimestepSampling.Sigmoid }.Level(draw, 64));

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, -1, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(double.NaN, 1, 1)]
    public void Settings_without_a_meaning_are_refused(double scale, double shift, double deviation)
    {
        var levels = new NoiseLevels { SigmoidScale = scale, ShiftFactor = shift, LogitDeviation = deviation };

        Assert.Contains("got", Refusal.Of("out_of_range", () => levels.Validate()));
    }

    /// <summary>The columns of the table are named as kohya names its sampling, with their numbers.</summary>
    private static (NoiseLevels Levels, int Tokens) Of(string column)
    {
        string number = column[(column.LastIndexOf('_') + 1)..];
        if (column.StartsWith("flux_shift", StringComparison.Ordinal))
        {
            int[] size = [.. number.Split('x').Select(int.Parse)];
            return (new NoiseLevels(), size[0] / 16 * (size[1] / 16));
        }
        if (column.StartsWith("shift", StringComparison.Ordinal))
            return (new NoiseLevels { Sampling = TimestepSampling.Shift, ShiftFactor = double.Parse(number) }, 0);
        return (new NoiseLevels { Sampling = TimestepSampling.Sigmoid, SigmoidScale = column == "sigmoid" ? 1 : double.Parse(number) }, 0);
    }
}

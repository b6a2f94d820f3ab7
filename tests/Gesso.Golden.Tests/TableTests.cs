using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Schedules;
using Gesso.Testing;

namespace Gesso.Golden.Tests;

/// <summary>Schedules and noise; tokenizer, fp8 and GGUF tables are walked by the tests of their own projects.</summary>
public sealed class TableTests
{
    public static TheoryData<GoldenFolder> Folders(string table)
    {
        var data = new TheoryData<GoldenFolder>();
        foreach (var folder in GoldenFolder.All.Where(f => File.Exists(f.Table(table))))
            data.Add(new TheoryDataRow<GoldenFolder>(folder) { TestDisplayName = $"{folder.Label} {table}" });
        return data;
    }

    [Theory]
    [MemberData(nameof(Folders), "schedules.json")]
    public void Schedules_equal_the_reference(GoldenFolder folder)
    {
        using var table = JsonDocument.Parse(File.ReadAllBytes(folder.Table("schedules.json")));
        int compared = 0;
        foreach (var row in table.RootElement.EnumerateArray())
        {
            ResolutionShift shift = row.GetProperty("model").GetString() switch
            {
                "dev" => new ResolutionShift.Linear(),
                "flux2" => new ResolutionShift.Empirical(),
                _ => new ResolutionShift.Fixed(null),
            };
            int steps = row.GetProperty("steps").GetInt32();
            double? mu = shift.Mu(row.GetProperty("tokens").GetInt32(), steps);
            if (row.GetProperty("mu").ValueKind == JsonValueKind.Number)
                Assert.Equal(row.GetProperty("mu").GetDouble(), mu!.Value, 1e-6);
            else
                Assert.Null(mu);
            var schedule = FlowSchedule.Create(steps, mu);
            double[] expected = [.. row.GetProperty("sigmas").EnumerateArray().Select(s => s.GetDouble())];
            Assert.Equal(expected.Length, schedule.Sigmas.Count);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], schedule.Sigmas[i], 1e-6);
            double[] times = [.. row.GetProperty("timesteps").EnumerateArray().Select(s => s.GetDouble())];
            for (int i = 0; i < times.Length; i++)
                Assert.Equal(times[i], schedule.Sigmas[i] * 1000.0, 1e-3);
            compared++;
        }
        Assert.NotEqual(0, compared);
    }

    [Theory]
    [MemberData(nameof(Folders), "noise.json")]
    public void Noise_equals_the_reference_exactly(GoldenFolder folder)
    {
        using var leaks = new LeakCheck();
        using var values = new ReferenceTensors(folder.Table("noise.safetensors"));
        using var table = JsonDocument.Parse(File.ReadAllBytes(folder.Table("noise.json")));
        foreach (var row in table.RootElement.EnumerateArray())
        {
            var parity = row.GetProperty("drawn_as").GetString() == "bf16" ? ParityMode.Bfl : ParityMode.Diffusers;
            using var source = new NoiseSource(new Seed(row.GetProperty("seed").GetInt64()), parity);
            using var drawn = source.Draw([.. row.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())]);
            using var expected = values.Get(row.GetProperty("name").GetString()!);
            Assert.Equal(expected.data<float>().ToArray(), drawn.data<float>().ToArray());
        }
    }
}

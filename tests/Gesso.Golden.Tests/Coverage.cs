using Gesso.Testing;

namespace Gesso.Golden.Tests;

/// <summary>Which areas of the goldens have an implementation. Others are named in the output and never counted as passed.</summary>
public static class Coverage
{
    private static readonly string[] Areas = ["flux1", "containers", "samplers", "lora", "training"];

    public static bool Covers(GoldenCase golden) => Areas.Contains(golden.Area) || (golden.Area == "flux1-editing" && (golden.Text("control_image") is not null || golden.Text("mask") is not null) && !NeedsSpecialModel(golden));

    /// <summary>Fill has a mask too, but its transformer takes more channels than it gives.</summary>
    private static bool NeedsSpecialModel(GoldenCase golden) => golden.Text("reference")?.Contains("Fill", StringComparison.Ordinal) ?? false;

    public static TheoryData<GoldenCase> Cases(string kind)
    {
        var data = new TheoryData<GoldenCase>();
        foreach (var golden in GoldenFolder.All.SelectMany(f => f.Cases).Where(c => c.Kind == kind && Covers(c)))
            data.Add(new TheoryDataRow<GoldenCase>(golden) { TestDisplayName = golden.ToString() });
        return data;
    }
}

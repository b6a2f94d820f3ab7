using Gesso.Contracts.Errors;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;
using Gesso.Typography.Verification.Oracle;
using Gesso.Typography.Verification.StrayText;

namespace Gesso.Typography.Tests.Verification;

public sealed class RetryPolicyTests
{
    private static readonly VerificationReport Unreadable = new()
    {
        Ocr = new OcrReport([new OcrLineResult(OcrScript.Latin, TextComparison.Score("SALE", new LineReading("5ALE"), OcrScript.Latin), null, "test")]),
    };

    [Fact]
    public void Changes_come_in_the_order_size_contrast_place_seed()
    {
        Assert.Equal(
            [RetryChange.Size, RetryChange.Size, RetryChange.Contrast, RetryChange.Place, RetryChange.Seed, RetryChange.Seed],
            Run(new RetryPolicy(), Unreadable));
    }

    [Fact]
    public void What_the_user_fixed_is_not_changed() => Assert.Equal(
        [RetryChange.Contrast, RetryChange.Place],
        Run(new RetryPolicy { Freedom = new RetryFreedom { Size = false, Seed = false } }, Unreadable));

    [Fact]
    public void Only_what_helps_is_tried()
    {
        var policy = new RetryPolicy();

        Assert.Equal([RetryChange.Size, RetryChange.Size], Run(policy, Layout(LayoutRule.Region)));
        Assert.Equal([RetryChange.Contrast, RetryChange.Place, RetryChange.Seed, RetryChange.Seed], Run(policy, Layout(LayoutRule.Contrast)));
        Assert.Empty(Run(policy, Layout(LayoutRule.Glyphs)));
        var stray = new VerificationReport { Stray = [new StrayPlace(Quad.Box(0, 0, 50, 20), 0.9, new LineReading("x", 0.9))] };
        Assert.Equal([RetryChange.Seed, RetryChange.Seed], Run(policy, stray));
    }

    [Fact]
    public void Text_that_does_not_fit_shrinks_and_text_that_is_not_read_grows()
    {
        Assert.True(new RetryPolicy().Next(Unreadable, []).Scale > 1);
        Assert.True(new RetryPolicy().Next(Layout(LayoutRule.Clipping), []).Scale < 1);
    }

    [Fact]
    public void A_report_that_holds_ends_the_tries()
    {
        var report = new VerificationReport { Layout = new LayoutReport([Checked("title")]), NotDone = ["OCR: Tesseract is not installed"] };

        Assert.True(report.Passed);
        Assert.Null(new RetryPolicy().Next(report, []).Change);
    }

    [Fact]
    public void Failures_say_what_is_wrong()
    {
        var report = Unreadable with
        {
            Layout = new LayoutReport([Checked("title", LayoutRule.Region), Checked("body")]),
            Oracle = [new OracleCheck("title", new InkAgreement(0.9, 0, 0)), new OracleCheck("body", new InkAgreement(0.99, 0, 0))],
        };

        Assert.Equal([VerificationFault.Overflow, VerificationFault.InkDiffers, VerificationFault.Unreadable], report.Failures.Select(f => f.Fault));
        Assert.Contains("\"5ALE\"", report.Failures[2].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_numbers_are_refused() =>
        Assert.Equal("out_of_range", Assert.Throws<GessoException>(new RetryPolicy { SizeStep = 1 }.Validate).Code);

    private static VerificationReport Layout(LayoutRule rule) => new() { Layout = new LayoutReport([Checked("layer", rule)]) };

    private static LayerCheck Checked(string layer, params LayoutRule[] broken) =>
        new(layer, 40, 1, 5, new ContrastFinding(5.2, 4.5, ContrastHelp.None), [.. broken.Select(rule => new LayoutProblem(rule, "it does not hold"))]);

    private static List<RetryChange> Run(RetryPolicy policy, VerificationReport report)
    {
        List<RetryChange> made = [];
        while (policy.Next(report, made).Change is { } change)
            made.Add(change);
        return made;
    }
}

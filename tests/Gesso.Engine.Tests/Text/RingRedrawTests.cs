using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Text;
using Gesso.Testing;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;

namespace Gesso.Engine.Tests.Text;

public sealed class RingRedrawTests : IDisposable
{
    private readonly TinyEngine _tiny = new();

    private static readonly ImageRequest Request = TinyEngine.Request with { Size = new ImageSize(160, 96), Steps = 4 };

    private static readonly TextDocument Document = new()
    {
        Layers = [new TextLayer { Id = "a", Text = "HI", Region = new BoxRegion(60, 30, 40, 36), Effects = [new ShadowEffect(0.02, 0.02, 0.05, InkColor.Black)] }],
    };

    [Fact]
    public void Letters_and_all_that_is_far_from_them_keep_every_bit()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_tiny.Dev);
        var laid = Laid(engine);

        var ringed = RingRedraw.Apply(engine, Request, laid, 0.5);

        int near = 0, changed = 0;
        for (int i = 0; i < Request.Size!.Value.Pixels; i++)
        {
            var (plate, letters, shown) = (Pixel(laid.Plate, i), Pixel(laid.Picture, i), Pixel(ringed.Picture, i));
            int x = i % 160, y = i / 160;
            if (plate != letters)
                Assert.Equal(letters, shown);
            else if (x < 40 || x > 120 || y < 12 || y > 84)
                Assert.Equal(plate, shown);
            else
                (near, changed) = (near + 1, changed + (shown == plate ? 0 : 1));
        }
        Assert.True(changed > near / 10, $"{changed} of {near} pixels around the letters were redrawn");
        var carried = TextPicture.Read(ringed.ToPng(), "ringed");
        Assert.Equal(laid.Plate.Pixels, carried.Plate.Pixels);
        Assert.True(carried.HasRing);
        Assert.False(TextPicture.Read(laid.ToPng(), "laid").HasRing);
        Assert.False(TextPicture.Read(TextPicture.Make(new TextRenderer(FontLibrary.Default), carried.Plate, carried.Document, carried.OtherTexts).Png, "edited").HasRing);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.61)]
    [InlineData(double.NaN)]
    public void Strength_has_a_range(double strength) => Assert.Equal("out_of_range", Assert.Throws<GessoException>(() => RingRedraw.Validate(strength)).Code);

    public void Dispose() => _tiny.Dispose();

    private static LaidText Laid(ImageEngine engine)
    {
        var drawn = TinyEngine.Draw(engine, Request).Single().Picture;
        return RequestedText.Of(Request, Document)!.Lay(new CarefulRenderer(new TextRenderer(FontLibrary.Default)), drawn);
    }

    private static (byte, byte, byte) Pixel(RasterImage picture, int i) =>
        (picture.Pixels[i * picture.Channels], picture.Pixels[i * picture.Channels + 1], picture.Pixels[i * picture.Channels + 2]);
}

using SkiaSharp;

namespace Gesso.Samples.TextGallery;

/// <summary>Flat plates: a screen, a chart, an advertisement, a sheet of paper.</summary>
internal static partial class Plates
{
    private static void App(SKCanvas canvas)
    {
        canvas.DrawRect(0, 0, 1080, 1620, Fill("#f3f5f9"));
        canvas.DrawRect(0, 0, 1080, 520, Down(0, 520, "#12306b", "#1f56b3"));
        Panel(canvas, 64, 296, 952, 120, 28, Fill("#ffffff"));
        canvas.DrawCircle(126, 350, 17, Line("#5a6b86", 5));
        canvas.DrawLine(139, 363, 152, 376, Line("#5a6b86", 5));
        string[] badges = ["#c4262e", "#00703c", "#8a4b00", "#5b2d90"];
        for (int i = 0; i < 4; i++)
        {
            float y = 470 + i * 218;
            Panel(canvas, 64, y + 6, 952, 190, 30, Soft("#2812306b", 14));
            Panel(canvas, 64, y, 952, 190, 30, Fill("#ffffff"));
            Panel(canvas, 104, y + 46, 128, 98, 22, Fill(badges[i]));
        }
        Panel(canvas, 64, 1388, 952, 132, 66, Down(1388, 1520, "#1f56b3", "#174591"));
        Panel(canvas, 410, 1580, 260, 10, 5, Fill("#c3ccda"));
    }

    private static readonly (float Part, string Color)[] Uses = [(0.32f, "#0b4f6c"), (0.24f, "#14708f"), (0.19f, "#2a92ad"), (0.15f, "#56b3c6"), (0.10f, "#93d1dc")];

    private static void Infographic(SKCanvas canvas)
    {
        canvas.DrawRect(0, 0, 1080, 1350, Fill("#f6f3ec"));
        canvas.DrawRect(72, 72, 96, 10, Fill("#e4572e"));
        for (int i = 0; i < Uses.Length; i++)
        {
            float y = 478 + i * 118;
            Panel(canvas, 72, y, 936 * Uses[i].Part / 0.34f, 30, 15, Fill(Uses[i].Color));
        }
        Panel(canvas, 72, 1070, 936, 186, 28, Fill("#0b3c53"));
        Drop(canvas, 160, 1166, 54, "#56b3c6");
    }

    private static void Drop(SKCanvas canvas, float x, float y, float size, string color)
    {
        using var builder = new SKPathBuilder();
        builder.MoveTo(x, y - size * 1.25f);
        builder.CubicTo(x + size * 0.3f, y - size * 0.7f, x + size * 0.8f, y - size * 0.2f, x + size * 0.8f, y + size * 0.25f);
        builder.CubicTo(x + size * 0.8f, y + size * 0.75f, x + size * 0.45f, y + size, x, y + size);
        builder.CubicTo(x - size * 0.45f, y + size, x - size * 0.8f, y + size * 0.75f, x - size * 0.8f, y + size * 0.25f);
        builder.CubicTo(x - size * 0.8f, y - size * 0.2f, x - size * 0.3f, y - size * 0.7f, x, y - size * 1.25f);
        builder.Close();
        using var path = builder.Detach();
        canvas.DrawPath(path, Fill(color));
    }

    private static void Bilingual(SKCanvas canvas)
    {
        canvas.DrawRect(0, 0, 1200, 1200, Down(0, 1200, "#b4532d", "#8f3a1f"));
        canvas.DrawCircle(600, 640, 620, Glow(600, 620, 620, "#50f0a868", "#00f0a868"));
        canvas.DrawOval(628, 690, 318, 310, Soft("#a0200c04", 30));
        canvas.DrawCircle(600, 640, 300, Glow(520, 540, 420, "#fffaf1", "#dccdb6"));
        canvas.DrawCircle(600, 640, 222, Line("#30705030", 3));
        canvas.DrawOval(612, 658, 176, 174, Soft("#70301808", 14));
        Panel(canvas, 758, 616, 118, 52, 26, Glow(780, 620, 120, "#fff8ec", "#d3c2a6"));
        canvas.DrawCircle(600, 640, 170, Glow(550, 580, 240, "#fffdf8", "#e2d4be"));
        canvas.DrawCircle(600, 640, 146, Glow(570, 600, 170, "#8a5026", "#2d1408"));
        canvas.DrawOval(556, 590, 62, 30, Soft("#58ffd9a8", 18));
        canvas.DrawCircle(600, 640, 146, Line("#b0c08a50", 4));
    }

    private static void Vertical(SKCanvas canvas)
    {
        canvas.DrawRect(0, 0, 960, 1360, Down(0, 1360, "#f4efe3", "#ece4d3"));
        canvas.DrawCircle(232, 320, 138, Glow(205, 292, 210, "#c8402c", "#b23222"));
        for (int i = 0; i < 6; i++)
        {
            float wide = 90 + i * 78;
            using var ring = new SKPaint
            {
                IsAntialias = true,
                Style = SKPaintStyle.Stroke,
                StrokeWidth = 9 - i * 1.3f,
                Color = new SKColor(38, 52, 66, (byte)(200 - i * 30)),
            };
            canvas.DrawOval(330, 1000, wide, wide * 0.27f, ring);
        }
        canvas.DrawOval(330, 997, 30, 9, Fill("#263442"));
        Panel(canvas, 406, 748, 64, 64, 9, Fill("#b23222"));
    }
}

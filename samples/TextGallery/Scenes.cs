using SkiaSharp;

namespace Gesso.Samples.TextGallery;

/// <summary>Plates with depth: a landscape, a can, a wall with an enamel sign.</summary>
internal static partial class Plates
{
    private static void Poster(SKCanvas canvas)
    {
        canvas.DrawRect(0, 0, 1080, 1440, Down(0, 860, "#131d3a", "#2b3160", "#55406f", "#8a4a6e", "#c96a5c", "#f3b877"));
        canvas.DrawCircle(775, 748, 330, Glow(775, 748, 330, "#60ffd9a0", "#00ffd9a0"));
        canvas.DrawCircle(775, 748, 84, Fill("#ffe9c4"));
        Ridge(canvas, 842, 150, 3, Down(680, 960, "#a9708a", "#c98f86"));
        Ridge(canvas, 930, 190, 11, Down(740, 1060, "#6d4a72", "#8f6178"));
        Ridge(canvas, 1030, 200, 23, Down(830, 1160, "#443963", "#594569"));
        Ridge(canvas, 1130, 170, 42, Down(960, 1240, "#272a4f", "#30305a"));
        Ridge(canvas, 1215, 120, 57, Down(1090, 1440, "#12182f", "#0a0f20"));
    }

    /// <summary>A broken line of peaks, ever finer.</summary>
    private static void Ridge(SKCanvas canvas, float y, float height, int seed, SKPaint paint)
    {
        var random = new Random(seed);
        float[] heights = [.. Enumerable.Range(0, 4).Select(_ => (float)random.NextDouble() * height)];
        for (float spread = height / 2; heights.Length < 200; spread *= 0.52f)
        {
            float[] finer = new float[heights.Length * 2 - 1];
            for (int i = 0; i < finer.Length; i++)
                finer[i] = i % 2 == 0 ? heights[i / 2] : (heights[i / 2] + heights[i / 2 + 1]) / 2 + ((float)random.NextDouble() - 0.5f) * spread;
            heights = finer;
        }
        using var builder = new SKPathBuilder();
        builder.MoveTo(0, 1440);
        for (int i = 0; i < heights.Length; i++)
            builder.LineTo(1080f * i / (heights.Length - 1), y - heights[i]);
        builder.LineTo(1080, 1440);
        builder.Close();
        using var path = builder.Detach();
        canvas.DrawPath(path, paint);
    }

    private static void Can(SKCanvas canvas)
    {
        canvas.DrawRect(0, 0, 1080, 1350, Down(0, 1020, "#d9cfc2", "#e9e1d6"));
        canvas.DrawRect(0, 1010, 1080, 340, Down(1010, 1350, "#b99f83", "#a1866b"));
        canvas.DrawOval(600, 1168, 420, 70, Soft("#80402c1c", 26));
        canvas.DrawOval(545, 1160, 290, 66, Soft("#a0301f12", 9));
        Body(canvas, 250, 1120, 52, 76, ["#0b211b", "#1f4a3d", "#3b7663", "#28594a", "#123229", "#071712"]);
        Body(canvas, 420, 1030, 58, 73, ["#8f8472", "#d9cfba", "#fbf5e8", "#efe6d3", "#c2b69e", "#7d725f"]);
        Edge(canvas, 432, 58.3f, "#b08a3c", 5);
        Edge(canvas, 1018, 72.7f, "#b08a3c", 5);
        Body(canvas, 214, 262, 50, 53, ["#3d3a35", "#8d877c", "#f2efe8", "#b6b0a5", "#6a655c", "#2e2b27"]);
        canvas.DrawOval(540, 214, 270, 50, Across(270, 810, ["#8b867d", "#dcd8d0", "#f7f5f1", "#bdb8ae", "#88837a"], [0, 0.25f, 0.4f, 0.7f, 1]));
        canvas.DrawOval(540, 216, 240, 41, Line("#907a7468", 3));
    }

    /// <summary>A piece of the can between two heights, each an ellipse.</summary>
    private static void Body(SKCanvas canvas, float top, float bottom, float topDepth, float bottomDepth, string[] colors)
    {
        using var builder = new SKPathBuilder();
        builder.ArcTo(new SKRect(270, top - topDepth, 810, top + topDepth), 180, -180, true);
        builder.ArcTo(new SKRect(270, bottom - bottomDepth, 810, bottom + bottomDepth), 0, 180, false);
        builder.Close();
        using var path = builder.Detach();
        canvas.DrawPath(path, Across(270, 810, colors, [0, 0.16f, 0.34f, 0.55f, 0.85f, 1]));
    }

    private static void Edge(SKCanvas canvas, float y, float depth, string color, float width) =>
        canvas.DrawArc(new SKRect(271, y - depth, 809, y + depth), 0, 180, false, Line(color, width));

    private static void Sign(SKCanvas canvas)
    {
        canvas.DrawRect(0, 0, 1280, 960, Fill("#8a8076"));
        canvas.Save();
        canvas.Concat(Perspective(0, 0, 1500, 1100, [new(-60, -120), new(1420, 40), new(1420, 900), new(-60, 1090)]));
        var random = new Random(5);
        for (int row = 0; row < 16; row++)
        {
            for (int column = -1; column < 9; column++)
            {
                byte light = (byte)(150 + random.Next(46));
                float x = column * 200 + row % 2 * 100, y = row * 72;
                using var brick = new SKPaint { IsAntialias = true, Color = new SKColor(light, (byte)(light * 0.93), (byte)(light * 0.84)) };
                Panel(canvas, x + 4, y + 4, 192, 64, 5, brick);
                Panel(canvas, x + 4, y + 4, 192, 10, 5, Fill("#18ffffff"));
                Panel(canvas, x + 4, y + 58, 192, 10, 5, Fill("#20000000"));
            }
        }
        canvas.Restore();
        canvas.DrawRect(0, 0, 1280, 960, Across(0, 1280, ["#00000000", "#20000000", "#90000000"], [0, 0.55f, 1]));
        canvas.DrawCircle(250, 130, 700, Glow(250, 130, 700, "#48ffe9c0", "#00ffe9c0"));

        canvas.Save();
        canvas.Concat(Perspective(0, 0, 880, 460, SignCorners));
        Panel(canvas, 20, 34, 880, 460, 34, Soft("#b0000000", 16));
        Panel(canvas, 0, 0, 880, 460, 30, Fill("#123a2a"));
        Panel(canvas, 12, 12, 856, 436, 24, Fill("#1d5a41"));
        Panel(canvas, 34, 34, 812, 392, 14, Fill("#10294f"));
        Panel(canvas, 40, 40, 800, 380, 10, Down(40, 420, "#1d4a8a", "#173b70"));
        Panel(canvas, 12, 12, 856, 436, 24, Across(0, 880, ["#38ffffff", "#00ffffff", "#30000000"], [0, 0.5f, 1]));
        foreach (var (x, y) in ((float, float)[])[(24, 24), (856, 24), (24, 436), (856, 436)])
        {
            canvas.DrawCircle(x + 1, y + 2, 8, Fill("#60000000"));
            canvas.DrawCircle(x, y, 7, Fill("#c9c4ba"));
            canvas.DrawCircle(x - 2, y - 2, 3, Fill("#f4f1ea"));
        }
        canvas.Restore();
    }

    /// <summary>The corners of the region in sign.json lie within these.</summary>
    private static readonly SKPoint[] SignCorners = [new(232, 262), new(1040, 330), new(1032, 640), new(226, 690)];

    /// <summary>A rectangle onto four corners.</summary>
    private static SKMatrix Perspective(float x, float y, float width, float height, SKPoint[] c)
    {
        float dx1 = c[1].X - c[2].X, dx2 = c[3].X - c[2].X, dx3 = c[0].X - c[1].X + c[2].X - c[3].X;
        float dy1 = c[1].Y - c[2].Y, dy2 = c[3].Y - c[2].Y, dy3 = c[0].Y - c[1].Y + c[2].Y - c[3].Y;
        float det = dx1 * dy2 - dx2 * dy1, g = (dx3 * dy2 - dx2 * dy3) / det, h = (dx1 * dy3 - dx3 * dy1) / det;
        var unit = new SKMatrix(
            c[1].X - c[0].X + g * c[1].X, c[3].X - c[0].X + h * c[3].X, c[0].X, c[1].Y - c[0].Y + g * c[1].Y, c[3].Y - c[0].Y + h * c[3].Y, c[0].Y, g, h, 1);
        return unit.PreConcat(SKMatrix.CreateScale(1 / width, 1 / height)).PreConcat(SKMatrix.CreateTranslation(-x, -y));
    }
}

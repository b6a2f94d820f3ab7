using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;

namespace Gesso.Benchmarks.Styles;

/// <summary>Many pictures on one, for looking at.</summary>
internal static class ContactSheet
{
    private const int Gap = 4;

    /// <param name="file">Gets a PNG.</param>
    /// <param name="rows">RGB pictures of one size.</param>
    public static void Save(string file, IReadOnlyList<IReadOnlyList<RasterImage>> rows)
    {
        int side = rows[0][0].Width + Gap, width = rows.Max(r => r.Count) * side + Gap, height = rows.Count * side + Gap;
        byte[] sheet = new byte[width * height * 3];
        Array.Fill(sheet, (byte)255);
        for (int r = 0; r < rows.Count; r++)
        {
            for (int c = 0; c < rows[r].Count; c++)
            {
                var picture = rows[r][c];
                for (int y = 0; y < picture.Height; y++)
                    Array.Copy(picture.Pixels, y * picture.Width * 3, sheet, ((r * side + Gap + y) * width + c * side + Gap) * 3, picture.Width * 3);
            }
        }
        AtomicFile.Write(file, ImageFiles.EncodePng(new RasterImage(width, height, 3, sheet)));
    }
}

using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;

namespace Gesso.Training.Datasets;

/// <summary>A picture with its upright size, which is all that has to be known of its pixels before they are encoded: whoever looked once hands this on.</summary>
public sealed record MeasuredPicture(TrainingPicture Picture, ImageSize Size)
{
    /// <summary>The pictures of some folders, measured by their heads.</summary>
    /// <exception cref="GessoException">A folder without pictures, a file that is no picture, an unreadable caption, a missing mask.</exception>
    public static IReadOnlyList<MeasuredPicture> In(IEnumerable<PictureFolder> folders) =>
        [.. TrainingPicture.In(folders).Select(p => new MeasuredPicture(p, ImageFiles.Measure(p.Path)))];
}

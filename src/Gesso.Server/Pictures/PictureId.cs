using System.Globalization;
using Gesso.Platform;

namespace Gesso.Server.Pictures;

/// <summary>Names a drawn picture: the job's id, a hyphen and the 0-based index, <c>job_…-0</c>.</summary>
internal readonly record struct PictureId(JobId Job, int Index)
{
    public static bool TryParse(string text, out PictureId id)
    {
        int hyphen = text.LastIndexOf('-');
        id = default;
        if (hyphen < 0
            || !JobId.TryParse(text[..hyphen], out var job)
            || !int.TryParse(text.AsSpan(hyphen + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return false;
        }
        id = new PictureId(job, index);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Job}-{Index}");
}

using System.Text;
using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Jobs;
using Gesso.Server.Native;
using Gesso.Server.Pictures;

namespace Gesso.Server.OpenAi;

/// <summary>Jobs into OpenAI's answers and events.</summary>
internal sealed record AnswerMapping(ImageCall Call, AcceptedJob Accepted)
{
    private const string Background = "opaque";
    private const int PatchPixels = 16 * 16;

    private IReadOnlyList<string> Warnings => [.. Call.Warnings, .. Accepted.Warnings];

    private string Kind => Call.IsEdit ? "image_edit" : "image_generation";

    public string PartialType => Kind + ".partial_image";

    public string CompletedType => Kind + ".completed";

    public ImagesResponse Response(Job job, IReadOnlyList<ImageData> data) => new(
        Created(job), data, Background, PictureFormats.NameOf(job.Work.Format), Call.Quality, SizeOf(job).ToString(), Usage(job, job.Pictures.Count),
        new ImageJobNote(job.Id.Value, Warnings));

    public PartialImageEvent Partial(Job job, JobProgress progress, int index) => new(
        PartialType, progress.Preview!, index, progress.Image, Created(job), SizeOf(job).ToString(), Call.Quality, Background,
        PictureFormats.NameOf(progress.PreviewMediaType ?? PictureHeader.Jpeg));

    public CompletedImageEvent Completed(Job job, JobPicture picture, byte[] file) => new(
        CompletedType, file, picture.Index, Created(job), SizeOf(job).ToString(), Call.Quality, Background, PictureFormats.NameOf(picture.MediaType), Usage(job, 1),
        new CompletedImageNote(picture.Seed, job.Id.Value, new PictureId(job.Id, picture.Index).ToString(), Warnings, TextViews.Of(picture.Text)));

    public static PictureNote Note(Job job, JobPicture picture) => new(picture.Seed, job.Id.Value, new PictureId(job.Id, picture.Index).ToString(), TextViews.Of(picture.Text));

    private static long Created(Job job) => job.Created.ToUnixTimeSeconds();

    private ImageSize SizeOf(Job job) =>
        job.Work.Size ?? (job.Pictures.Count > 0 ? job.Pictures[0].Size : Accepted.Model.Card?.Defaults.Size) ?? new ImageSize(1024, 1024);

    private ImageUsage Usage(Job job, int pictures)
    {
        long text = (Encoding.UTF8.GetByteCount(job.Work.Prompt) + Encoding.UTF8.GetByteCount(job.Work.NegativePrompt ?? "") + 3) / 4;
        long image = (SizeOf(job).Pixels + PatchPixels - 1) / PatchPixels;
        long given = job.Work.InitImage is null ? 0 : image;
        long drawn = image * pictures;
        return new ImageUsage(text + given, new TokenDetails(text, given), drawn, new TokenDetails(0, drawn), text + given + drawn);
    }
}

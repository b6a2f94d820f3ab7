using System.Collections.Frozen;
using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Training.Buckets;
using Gesso.Training.Captions;

namespace Gesso.Training.Datasets;

/// <summary>A folder of pictures with captions beside them (a subset in kohya's words).</summary>
public sealed record PictureFolder
{
    public required string Path { get; init; }

    /// <summary>How often a picture is shown in one epoch.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>The caption of pictures that have none (class_tokens).</summary>
    public string? ClassTokens { get; init; }

    /// <summary>Only captions with this ending count; null: <c>.txt</c> and <c>.caption</c>, whichever is there.</summary>
    public string? CaptionExtension { get; init; }

    /// <summary>Shows the model what it must not forget; counted by the prior weight of the plan (reg_data_dir, is_reg).</summary>
    public bool Regularisation { get; init; }

    /// <summary>Drawn by the base and redrawn in the style (<see cref="Widening.StyleWidening"/>): trained on, but no measure of what is learnt.</summary>
    public bool Made { get; init; }

    /// <summary>A folder of the same pictures in the look they had before, under the same names: what is noised while training is partly those, and it leads to the pictures.</summary>
    public string? Twins { get; init; }

    /// <summary>Whether its pictures are what is to be learnt, as they were given.</summary>
    public bool IsGiven => !Regularisation && !Made;

    /// <summary>Every second showing is mirrored (flip_aug).</summary>
    public bool Flip { get; init; }

    /// <summary>Trained at another size than the plan's; one folder may be given several times with several sizes (kohya's [[datasets]]).</summary>
    public ImageSize? Resolution { get; init; }

    /// <summary>Its own rules for captions; null: the plan's.</summary>
    public CaptionRules? Captions { get; init; }

    /// <summary>A folder of masks under the same names: white counts, black does not (conditioning_data_dir with masked_loss).</summary>
    public string? Masks { get; init; }

    /// <summary>The picture's own alpha is its mask (alpha_mask).</summary>
    public bool AlphaMask { get; init; }

    /// <summary>Paths in it that are not trained on: copies and files that cannot be read.</summary>
    public IReadOnlySet<string> LeftOut { get; init; } = FrozenSet<string>.Empty;

    /// <summary>
    /// What a user points at: the pictures' folder itself, or kohya's parent of folders named <c>REPEATS_CLASS</c>, whose class tokens caption what has no caption.
    /// </summary>
    /// <exception cref="GessoException">No folder there, or no pictures in it.</exception>
    public static IReadOnlyList<PictureFolder> Find(string path, bool regularisation = false)
    {
        if (!Directory.Exists(path))
            throw GessoException.Invalid("folder_missing", $"There is no folder {path}. Give the folder with the pictures and their captions.");
        List<PictureFolder> folders = [];
        foreach (string inner in Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal))
        {
            string name = System.IO.Path.GetFileName(inner);
            int split = name.IndexOf('_');
            if (split > 0 && int.TryParse(name.AsSpan(0, split), NumberStyles.None, CultureInfo.InvariantCulture, out int repeats) && repeats > 0)
                folders.Add(new PictureFolder { Path = inner, Repeats = repeats, ClassTokens = name[(split + 1)..], Regularisation = regularisation });
        }
        if (TrainingPicture.FilesIn(path).Any())
            folders.Add(new PictureFolder { Path = path, Regularisation = regularisation });
        return folders.Count > 0 ? folders : throw GessoException.Invalid("no_pictures",
            $"{path} holds no pictures ({string.Join(", ", TrainingPicture.Extensions)}), neither itself nor in folders named REPEATS_CLASS such as 10_brand. Put the pictures there.");
    }

    /// <summary>The buckets of this folder.</summary>
    /// <param name="usual">The plan's.</param>
    public BucketOptions BucketsOf(BucketOptions usual)
    {
        ArgumentNullException.ThrowIfNull(usual);
        return Resolution is not { } size ? usual : usual with { Resolution = size, Longest = Math.Max(usual.Longest, Math.Max(size.Width, size.Height)) };
    }

    public PictureFolder Validate()
    {
        Captions?.Validate();
        if (Repeats < 1)
            throw GessoException.Invalid("out_of_range", $"Repeats of {Path}: expected at least 1, got {Repeats}.");
        if (CaptionExtension is not null && !CaptionExtension.StartsWith('.'))
            throw GessoException.Invalid("out_of_range", $"Caption extension of {Path}: expected a dot and letters such as .txt, got {CaptionExtension}.");
        return this;
    }
}

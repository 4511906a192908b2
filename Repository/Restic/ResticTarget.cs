using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Headgate.Protocol.Problems;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Restic;

/// <summary>
/// A request target, read from the request line as it came: nothing is decoded or normalized, because no legitimate path needs it, and what a
/// second reader would decode differently is how one tenant reaches another's files.
/// <code>
/// /[p1/[p2/]]                       the restic repository's folder
/// /[p1/[p2/]]config
/// /[p1/[p2/]]{data,keys,locks,snapshots,index}/          the list
/// /[p1/[p2/]]{data,keys,locks,snapshots,index}/&lt;64 hex&gt;  an object
/// </code>
/// </summary>
/// <param name="Kind">What it names.</param>
/// <param name="Path">The restic repository: <c>/</c>, <c>/p1/</c> or <c>/p1/p2/</c>.</param>
/// <param name="Type">The type, of an object or list.</param>
/// <param name="Name">The object's name; empty for <c>config</c>.</param>
/// <param name="Query">After the question mark.</param>
internal readonly partial record struct ResticTarget(TargetKind Kind, string Path, BlobType Type, string Name, string Query)
{
    private const int MaxLength = 512;
    private const int MaxLevels = 2;

    /// <summary>What a path may be, in words.</summary>
    public const string AllowedPath =
        "a path has at most two levels, each 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', not ending in '.', and is none of restic's own folder names";

    /// <summary>Reads a request target.</summary>
    public static bool TryParse(string rawTarget, out ResticTarget target, [NotNullWhen(false)] out Refusal? refusal)
    {
        target = default;
        var question = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? "" : rawTarget[(question + 1)..];
        var raw = question < 0 ? rawTarget : rawTarget[..question];
        if (raw.Length is 0 or > MaxLength || raw[0] != '/' || raw.Contains('%', StringComparison.Ordinal) || raw.Contains('\\', StringComparison.Ordinal))
        {
            refusal = BadPath(raw);
            return false;
        }

        var segments = raw[1..].Split('/');
        var isFolder = segments[^1].Length == 0;
        var last = isFolder ? segments.Length - 2 : segments.Length - 1;
        var levels = segments.Length - 1;
        var (kind, type, name) = (TargetKind.Folder, BlobType.Config, "");
        if (!isFolder && segments[^1] == BlobTypes.ConfigName)
        {
            kind = TargetKind.Object;
        }
        else if (isFolder && last >= 0 && BlobTypes.FolderOf(segments[last]) is { } listed)
        {
            (kind, type, levels) = (TargetKind.List, listed, last);
        }
        else if (!isFolder && last >= 1 && BlobTypes.FolderOf(segments[last - 1]) is { } stored)
        {
            (kind, type, name, levels) = (TargetKind.Object, stored, segments[last], last - 1);
        }
        else if (!isFolder)
        {
            refusal = segments.All(segment => IsSegment(segment) || BlobTypes.IsReserved(segment))
                ? new Refusal(RefusalReason.UnknownPath, 404, ProblemCodes.NotFound,
                    $"Nothing lies at {Shown(raw)}: a restic repository's path ends in '/', its objects lie in config, data/, keys/, locks/, snapshots/ and index/.")
                : BadPath(raw);
            return false;
        }

        if (levels > MaxLevels || !segments.Take(levels).All(IsSegment))
        {
            refusal = BadPath(raw);
            return false;
        }

        if (kind == TargetKind.Object && type != BlobType.Config && !BlobTypes.IsObjectName(name))
        {
            refusal = new Refusal(RefusalReason.BadName, 400, ProblemCodes.Invalid,
                $"{Shown(name)} cannot name an object: a name is 64 lower-case hex digits, the SHA-256 of the content.", "name");
            return false;
        }

        refusal = null;
        target = new ResticTarget(kind, levels == 0 ? "/" : "/" + string.Join('/', segments.Take(levels)) + "/", type, name, query);
        return true;
    }

    /// <summary>A peer's text as it may stand in a sentence: printable ASCII, at most 80 characters.</summary>
    public static string Shown(string text)
    {
        var shown = new string([.. text.Take(80).Select(c => c is > ' ' and < (char)127 ? c : '?')]);
        return "'" + shown + (text.Length > 80 ? "..." : "") + "'";
    }

    private static Refusal BadPath(string raw) => new(
        RefusalReason.BadPath, 400, ProblemCodes.Invalid, $"{Shown(raw)} cannot be: {AllowedPath}. Nothing in it may be percent-encoded.", "path");

    private static bool IsSegment(string segment) =>
        Segment().IsMatch(segment) && segment[^1] != '.' && !BlobTypes.IsReserved(segment) && !Device().IsMatch(segment);

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Segment();

    /// <summary>Names that Windows gives to devices, with any extension; refused everywhere, so that storage can be moved.</summary>
    [GeneratedRegex(@"\A(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Device();
}

using System.Text;
using Headgate.Repository.Access;
using Headgate.Repository.Blobs;
using Headgate.Repository.Restic;
using Headgate.Testing.Fuzzing;
using Microsoft.AspNetCore.Http;

namespace Headgate.Repository.Tests.Fuzzing;

/// <summary>
/// What the repository reads of a request: the target as it came, <c>Authorization</c>, <c>Range</c>. A target that is accepted has one spelling and
/// its file lies within the tenant's folder, on disk as in the list of folders that are ours; a range lies within the object; a sentence about a
/// refusal is short and printable.
/// </summary>
internal sealed class ResticRequestTarget : IFuzzTarget
{
    private const string TenantRoot = "/srv/storage/tenants/acme";
    private static readonly string[] s_names = ["Authorization", "Range"];

    public string Name => "restic-request";

    public IReadOnlyList<string> Outcomes { get; } =
        [.. from target in new[] { "Folder", "List", "Object", "BadPath", "UnknownPath", "BadName" } select target, "Part", "Unsatisfiable", "Key"];

    public IReadOnlyList<byte[]> Words { get; } =
        [.. new[] { "/", "//", "..", "/../", "%2e%2e", "%00", "\\", "/data/", "/keys/", "/config", "/Data/", "con", "nul.txt", "COM1", ".", "?create=true", "#", "~", "\n", "Range: bytes=", "-", "0-", "9223372036854775808", ",", "Authorization: Basic ", "Og==", "=", ":", "é", new string('a', 64), new string('0', 64) }.Select(Encoding.Latin1.GetBytes)];

    public int MaxBytes => 2048;

    public byte[] Repair(byte[] input, FuzzRandom random) => input;

    public string Run(byte[] input, FuzzRandom random)
    {
        var lines = Encoding.Latin1.GetString(input).Split('\n');
        var request = new DefaultHttpContext().Request;
        foreach (var line in lines.Skip(1))
        {
            // Kestrel hands over no header with other names than these to these readers, and no line ends or zeros within a value.
            if (Array.Find(s_names, name => line.StartsWith(name + ": ", StringComparison.Ordinal)) is { } name)
            {
                request.Headers[name] = line[(name.Length + 2)..].Replace("\r", "").Replace("\0", "");
            }
        }

        var target = Target(lines[0]);
        var hasKey = Key(request);
        var range = Range(request, random);
        return hasKey ? "Key" : range is DownloadHandler.RangeKind.Whole ? target : range.ToString();
    }

    private static string Target(string raw)
    {
        if (!ResticTarget.TryParse(raw, out var target, out var refusal))
        {
            FuzzException.Require(refusal.Status is >= 400 and < 500, $"'{raw}' is refused with status {refusal.Status}");
            FuzzException.Require(refusal.Sentence.Length < 600 && refusal.Sentence.All(static c => c is >= ' ' and < (char)127), $"'{raw}' is refused with the sentence '{refusal.Sentence}'");
            return refusal.Reason.ToString();
        }

        var spelled = target.Path + target.Kind switch
        {
            TargetKind.List => BlobTypes.NameOf(target.Type) + "/",
            TargetKind.Object when target.Type == BlobType.Config => BlobTypes.ConfigName,
            TargetKind.Object => BlobTypes.NameOf(target.Type) + "/" + target.Name,
            _ => "",
        };
        FuzzException.Require(raw == spelled || raw == spelled + "?" + target.Query, $"'{raw}' is read as '{spelled}'");

        var levels = target.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var folder = new RepositoryFolder(Path.Combine([TenantRoot, .. levels]), TenantRoot);
        var file = target.Kind == TargetKind.Object ? folder.FileOf(target.Type, target.Name) : Path.Combine(folder.FolderOf(target.Type), "x");
        FuzzException.Require(
            Path.GetFullPath(file) == file && file.StartsWith(TenantRoot + "/", StringComparison.Ordinal), $"'{raw}' leads to '{file}'");
        FuzzException.Require(
            levels.Length <= 2 && !levels.Any(static level => level is "." or ".." || level.EndsWith('.') || BlobTypes.IsReserved(level)), $"'{raw}' passes '{target.Path}'");
        return target.Kind.ToString();
    }

    private static bool Key(HttpRequest request)
    {
        var isRead = RequestGate.TryReadBasic(request, out var key, out var secret);
        FuzzException.Require(isRead || (key.Length == 0 && secret.Length == 0), "a key is told of what is none");
        FuzzException.Require(!key.Contains(':', StringComparison.Ordinal), $"'{key}' holds the colon that ends it");
        return isRead;
    }

    private static DownloadHandler.RangeKind Range(HttpRequest request, FuzzRandom random)
    {
        var size = random.OneIn(8) ? 0 : 1 + random.Next(1000);
        var kind = DownloadHandler.ReadRange(request, size, out var first, out var last);
        FuzzException.Require(
            kind is not DownloadHandler.RangeKind.Part || (first >= 0 && first <= last && last < size), $"'{request.Headers.Range}' of {size} bytes is {first} to {last}");
        FuzzException.Require(
            kind is not DownloadHandler.RangeKind.Whole || (first == 0 && last == size - 1), $"'{request.Headers.Range}' of {size} bytes is whole, {first} to {last}");
        return kind;
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;

namespace Headgate.Silo.Tests.Secrets;

/// <summary>A record prints all its members: those that carry secrets print none of them, so that no log or exception has one by accident.</summary>
public sealed partial class RecordTests
{
    private const string Planted = "planted-7c1f";

    private static readonly Assembly[] s_assemblies =
        [typeof(EnrolmentCode).Assembly, typeof(IGatewayGrain).Assembly, typeof(Authority).Assembly, typeof(SiloHost).Assembly, typeof(Portal.SiteOptions).Assembly];

    // A refusal's code is a word of ours, a fleet token's id no secret, a signing request public.
    private static readonly string[] s_open =
        ["ProblemAnswer.Code", "FleetEnrolment.Token", "FleetTokenInfo.Token", "NewFleetToken.Token", "RenewalRequest.Csr"];

    public static TheoryData<string> Members => [.. Suspects().Select(property => Name(property))];

    [Theory]
    [MemberData(nameof(Members))]
    public void ToString_OfARecordWithASecret_DoesNotHaveIt(string name)
    {
        var property = Suspects().Single(suspect => Name(suspect) == name);
        Assert.DoesNotContain(Planted, Print(property), StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_OfARecordThatIsNotGuarded_IsSeenToHaveIt() =>
        Assert.Contains(Planted, Print(typeof(Unguarded).GetProperty(nameof(Unguarded.Password))!), StringComparison.Ordinal);

    [Fact]
    public void Suspects_AreManyAndNoOpenOneIsGone()
    {
        Assert.True(Suspects().Count() > 15);
        Assert.All(s_open, open => Assert.Contains(Candidates(), property => Name(property) == open));
    }

    private static IEnumerable<PropertyInfo> Suspects() => Candidates().Where(property => !s_open.Contains(Name(property)));

    private static IEnumerable<PropertyInfo> Candidates() =>
        from assembly in s_assemblies
        from type in assembly.GetTypes()
        where !type.IsAbstract && !type.ContainsGenericParameters && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null
        from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
        where property.PropertyType == typeof(string) && (Secret().IsMatch(property.Name) || Name(property) == "SecondFactorSetup.Key") && FieldOf(property) is not null
        select property;

    private static string Print(PropertyInfo property)
    {
        var record = RuntimeHelpers.GetUninitializedObject(property.DeclaringType!);
        FieldOf(property)!.SetValue(record, Planted);
        return record.ToString()!;
    }

    private static FieldInfo? FieldOf(PropertyInfo property) =>
        property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic);

    private static string Name(PropertyInfo property) => $"{property.DeclaringType!.Name}.{property.Name}";

    [GeneratedRegex("Secret$|Password|Passphrase|Code$|Token$|Stamp$|Csr$|^Url$|^Uri$", RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    private sealed record Unguarded(string Password);
}

//! How an AWS interface shows which service stands behind it: one row per sign.
//!
//! There is no field that says it. What there is, in the order in which it is worth something: an instance that it is
//! attached to, the type of the interface, the description that the service wrote, and who asked for it. The signs were
//! seen in recorded answers of `DescribeNetworkInterfaces` (EC2 API Reference, NetworkInterface).

/// What an interface says of itself. Empty where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs<'a> {
    /// `Attachment.InstanceId`.
    pub instance_id: &'a str,
    /// `InterfaceType`.
    pub interface_type: &'a str,
    /// `Description`.
    pub description: &'a str,
    /// `RequesterId`.
    pub requester_id: &'a str,
}

/// By what a row is recognised. Text is compared without regard to case: services have changed theirs.
enum Sign {
    /// It is attached to an instance, whatever else is written.
    Instance,
    /// One of these types.
    Type(&'static [&'static str]),
    /// The whole description.
    Says(&'static str),
    /// The description begins so.
    Begins(&'static str),
    /// The description is the ARN of something of this service.
    Arn(&'static str),
    /// Who asked for it.
    Requester(&'static str),
}

/// Which part of the description is the name of the thing.
#[derive(Clone, Copy)]
enum Named {
    /// None: it is the same for all.
    Not,
    /// The instance.
    Instance,
    /// The word after this text, wherever that stands.
    After(&'static str),
    /// The part between the first two slashes.
    BetweenSlashes,
    /// Everything after the first word.
    Rest,
    /// The function in `AWS Lambda VPC ENI-<function>-<uuid>`.
    Function,
}

/// One row: the sign, the service, its name.
type Row = (Sign, &'static str, Named);

/// The interface's own type, where it says it all.
const TYPES: &[Row] = &[
    (Sign::Type(&["nat_gateway", "natGateway"]), "NAT gateway", Named::After("NAT Gateway ")),
    (Sign::Type(&["regional_nat_gateway"]), "regional NAT gateway", Named::After("NAT Gateway ")),
    (Sign::Type(&["transit_gateway"]), "transit gateway", Named::After("Attachment ")),
    (Sign::Type(&["vpc_endpoint"]), "VPC endpoint", Named::After("Interface ")),
    (Sign::Type(&["gateway_load_balancer_endpoint"]), "GWLB endpoint", Named::After("Interface ")),
    (Sign::Type(&["network_load_balancer"]), "NLB", Named::BetweenSlashes),
    (Sign::Type(&["gateway_load_balancer"]), "GWLB", Named::BetweenSlashes),
    (Sign::Type(&["lambda"]), "Lambda", Named::Function),
    (Sign::Type(&["efs"]), "EFS", Named::After("target for ")),
    (Sign::Type(&["branch", "trunk"]), "EKS node", Named::Not),
    (Sign::Type(&["api_gateway_managed"]), "API Gateway", Named::Not),
    (Sign::Type(&["quicksight"]), "QuickSight", Named::Not),
    (Sign::Type(&["iot_rules_managed"]), "IoT rules", Named::Not),
    (Sign::Type(&["aws_codestar_connections_managed"]), "CodeStar connections", Named::Not),
    (Sign::Type(&["global_accelerator_managed"]), "Global Accelerator", Named::Not),
    (Sign::Type(&["ec2_instance_connect_endpoint"]), "EC2 Instance Connect endpoint", Named::Not),
    (Sign::Type(&["evs"]), "EVS", Named::Not),
];

/// The description that a service writes. More special ones stand before those that begin alike.
const DESCRIPTIONS: &[Row] = &[
    (Sign::Begins("ELB app/"), "ALB", Named::BetweenSlashes),
    (Sign::Begins("ELB net/"), "NLB", Named::BetweenSlashes),
    (Sign::Begins("ELB gwy/"), "GWLB", Named::BetweenSlashes),
    (Sign::Begins("ELB "), "Classic ELB", Named::Rest),
    // Aurora, Neptune and DocumentDB say the same.
    (Sign::Says("RDSNetworkInterface"), "RDS", Named::Not),
    (Sign::Begins("Network interface for DBProxy"), "RDS Proxy", Named::Not),
    (Sign::Begins("ElastiCache+"), "ElastiCache", Named::After("ElastiCache+")),
    (Sign::Begins("ElastiCache "), "ElastiCache", Named::Rest),
    (Sign::Says("RedshiftNetworkInterface"), "Redshift", Named::Not),
    (Sign::Begins("Created By Amazon Workspaces"), "WorkSpaces", Named::Not),
    (Sign::Begins("AWS created network interface for directory "), "Directory Service", Named::After("directory ")),
    (Sign::Begins("AWS created network interface for file system "), "FSx", Named::After("file system ")),
    (Sign::Begins("Interface for NAT Gateway "), "NAT gateway", Named::After("NAT Gateway ")),
    (Sign::Begins("Network Interface for Transit Gateway "), "transit gateway", Named::After("Attachment ")),
    (Sign::Begins("VPC Endpoint Interface "), "VPC endpoint", Named::After("Interface ")),
    (Sign::Begins("AWS Lambda VPC ENI"), "Lambda", Named::Function),
    (Sign::Begins("EFS mount target for "), "EFS", Named::After("target for ")),
    (Sign::Arn("ecs"), "ECS task", Named::Not),
    (Sign::Begins("Amazon EKS "), "EKS control plane", Named::After("EKS ")),
    (Sign::Begins("aws-K8S-"), "EKS node", Named::Not),
    (Sign::Begins("AWS ElasticMapReduce "), "EMR", Named::After("ElasticMapReduce ")),
    (Sign::Says("DMSNetworkInterface"), "DMS", Named::Not),
    (Sign::Begins("DAX "), "DAX", Named::Rest),
    (Sign::Begins("Attached to Glue "), "Glue", Named::Not),
    (
        Sign::Begins("[Do not delete] Network Interface created to access resources in your VPC for SageMaker"),
        "SageMaker",
        Named::Not,
    ),
    (Sign::Begins("[DO NOT DELETE] ENI managed by SageMaker"), "SageMaker", Named::Not),
    (Sign::Arn("sagemaker"), "SageMaker", Named::Not),
    (Sign::Begins("ENI managed by APIGateway"), "API Gateway", Named::Not),
    (Sign::Begins("CloudHSM Managed Interface"), "CloudHSM", Named::Not),
    (Sign::Begins("CloudHsm ENI"), "CloudHSM", Named::Not),
    (Sign::Begins("AWS CodeBuild"), "CodeBuild", Named::Not),
    (Sign::Begins("AWS CodeStar Connections"), "CodeStar connections", Named::Not),
    (Sign::Begins("datasync "), "DataSync", Named::Not),
];

/// Who asked for an interface, where nothing else tells.
const REQUESTERS: &[Row] = &[
    (Sign::Requester("amazon-elb"), "ELB", Named::Not),
    (Sign::Requester("amazon-rds"), "RDS", Named::Not),
    (Sign::Requester("amazon-elasticache"), "ElastiCache", Named::Not),
    (Sign::Requester("amazon-redshift"), "Redshift", Named::Not),
];

/// Every row, in the order in which they are asked.
const ROWS: &[&[Row]] = &[&[(Sign::Instance, "EC2", Named::Instance)], TYPES, DESCRIPTIONS, REQUESTERS];

/// Types that say nothing of a service.
const PLAIN_TYPES: &[&str] = &["", "interface", "efa", "efa-only"];

/// The service behind an interface and the name of the thing, each empty if it is not known.
///
/// A type that is not known here is itself the service.
///
/// ```
/// use enrich::inventory::{Signs, attribute};
///
/// let signs = Signs { description: "ELB app/shop/6d1f2a90c47b83e5", requester_id: "amazon-elb", ..Signs::default() };
/// assert_eq!(attribute(&signs), ("ALB", "shop"));
/// ```
pub fn attribute<'a>(signs: &Signs<'a>) -> (&'a str, &'a str) {
    match ROWS.iter().copied().flatten().find(|(sign, ..)| sign.fits(signs)) {
        Some(&(_, service, named)) => (service, named.of(signs)),
        None if PLAIN_TYPES.contains(&signs.interface_type) => ("", ""),
        None => (signs.interface_type, ""),
    }
}

impl Sign {
    fn fits(&self, signs: &Signs<'_>) -> bool {
        let Signs { instance_id, interface_type, description, requester_id } = signs;
        match self {
            Sign::Instance => !instance_id.is_empty(),
            Sign::Type(types) => types.contains(interface_type),
            Sign::Says(text) => description.eq_ignore_ascii_case(text),
            Sign::Begins(text) => after_start(description, text).is_some(),
            Sign::Arn(service) => {
                let mut parts = description.split(':');
                parts.next() == Some("arn") && parts.nth(1) == Some(service)
            }
            Sign::Requester(who) => requester_id == who,
        }
    }
}

impl Named {
    fn of<'a>(self, signs: &Signs<'a>) -> &'a str {
        let description = signs.description;
        match self {
            Named::Not => "",
            Named::Instance => signs.instance_id,
            Named::After(text) => {
                let place = description.to_ascii_lowercase().find(&text.to_ascii_lowercase());
                place.and_then(|place| description[place + text.len()..].split_whitespace().next()).unwrap_or("")
            }
            Named::BetweenSlashes => description.split('/').nth(1).unwrap_or(""),
            Named::Rest => description.split_once(' ').map_or("", |(_, rest)| rest.trim()),
            Named::Function => function_name(description),
        }
    }
}

fn after_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(start)).map(|head| &text[head.len()..])
}

/// The function's name: what is left when the five groups of a UUID are taken off. Older descriptions have the UUID only.
fn function_name(description: &str) -> &str {
    let Some(rest) = after_start(description, "AWS Lambda VPC ENI-") else { return "" };
    let mut end = rest.len();
    for _ in 0..5 {
        let Some(dash) = rest[..end].rfind('-') else { return "" };
        end = dash;
    }
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(interface_type: &str, description: &str, requester_id: &str, expected: (&str, &str)) {
        let signs = Signs { interface_type, description, requester_id, instance_id: "" };
        assert_eq!(attribute(&signs), expected, "{interface_type} {description}");
    }

    #[test]
    fn services() {
        check("interface", "ELB app/shop/6d1f2a90c47b83e5", "amazon-elb", ("ALB", "shop"));
        check("network_load_balancer", "ELB net/edge/0123456789abcdef", "123456789012", ("NLB", "edge"));
        check("", "ELB test-load-balancer", "760845874091", ("Classic ELB", "test-load-balancer"));
        check("interface", "RDSNetworkInterface", "amazon-rds", ("RDS", ""));
        check("interface", "ElastiCache sessions-001", "amazon-elasticache", ("ElastiCache", "sessions-001"));
        check("interface", "ElastiCache+old", "", ("ElastiCache", "old"));
        check("interface", "Created By Amazon WorkSpaces for AWS Account ID 123456789012", "", ("WorkSpaces", ""));
        check(
            "interface",
            "AWS created network interface for directory d-90677cc91c",
            "1",
            ("Directory Service", "d-90677cc91c"),
        );
        check(
            "nat_gateway",
            "Interface for NAT Gateway nat-03362ee41477cbc96",
            "1",
            ("NAT gateway", "nat-03362ee41477cbc96"),
        );
        check(
            "transit_gateway",
            "Network interface for Transit Gateway Attachment tgw-attach-06",
            "1",
            ("transit gateway", "tgw-attach-06"),
        );
        check("vpc_endpoint", "VPC Endpoint Interface vpce-0ae25b", "1", ("VPC endpoint", "vpce-0ae25b"));
        check(
            "lambda",
            "AWS Lambda VPC ENI-test-python-8c7ac78b-e11d-4dea-8a47-ab2bdeba9bf5",
            "AROA:1",
            ("Lambda", "test-python"),
        );
        check("interface", "AWS Lambda VPC ENI: 26578289-8b35-4f36-a046-ceda51a45800", "AROA:f", ("Lambda", ""));
        check("efs", "EFS mount target for fs-017557a9 (fsmt-0fcbb40c)", "1", ("EFS", "fs-017557a9"));
        check("interface", "arn:aws-cn:ecs:cn-north-1:644160558196:attachment/c8773f8d", "6", ("ECS task", ""));
        check("branch", "aws-k8s-branch-eni", "1", ("EKS node", ""));
        check("interface", "Amazon EKS prod", "", ("EKS control plane", "prod"));
        check("interface", "", "amazon-redshift", ("Redshift", ""));
        check("some_managed_thing", "", "", ("some_managed_thing", ""));
        check("interface", "kept for the next migration", "", ("", ""));
        check("interface", "ELBé", "", ("", ""));
    }

    #[test]
    fn an_instance_comes_first() {
        let signs = Signs { instance_id: "i-1", description: "ELB app/a/b", ..Signs::default() };
        assert_eq!(attribute(&signs), ("EC2", "i-1"));
    }
}
